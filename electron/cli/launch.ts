/** What was asked for on the command line of the program itself. */
export type Launch = { readonly kind: 'window'; readonly profile: string | undefined } | { readonly kind: 'command'; readonly profile: string | undefined; readonly args: readonly string[] };

/** First words that make it a command; anything else opens the window. */
export const COMMANDS: ReadonlySet<string> = new Set(['backends', 'locations', 'ls', 'stat', 'mkdir', 'mv', 'rm', 'upload', 'download', 'checksum', 'versions', 'link', 'unfinished', 'transfers', 'receipts', 'plugins', 'help']);

/** Set by the script of a checkout: everything after it is the command, also a wrong one. */
export const COMMAND_MARK = '--holdfast-cli';

/**
 * Reads `process.argv` without its first entry, the program. Before a command there may be switches of Chromium, the folder of the app
 * (in a checkout) and `--profile DIR`.
 */
export function parseLaunch(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): Launch {
  const mark = argv.indexOf(COMMAND_MARK);
  const start = mark >= 0 ? mark + 1 : argv.findIndex((word, index) => COMMANDS.has(word) && argv[index - 1] !== '--profile');
  const isCommand = mark >= 0 || start >= 0;
  const args = isCommand ? argv.slice(start).filter((word, index) => !(index === 0 && word === '--')) : [];
  const profile = optionValue(isCommand ? [...argv.slice(0, start), ...beforeEndOfOptions(args)] : argv, '--profile') ?? environment['HOLDFAST_PROFILE'];
  if (!isCommand) return { kind: 'window', profile };
  return { kind: 'command', profile, args: withoutOption(args, '--profile') };
}

function beforeEndOfOptions(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end < 0 ? args : args.slice(0, end);
}

function optionValue(words: readonly string[], name: string): string | undefined {
  const joined = words.find((word) => word.startsWith(`${name}=`));
  if (joined !== undefined) return joined.slice(name.length + 1);
  const index = words.indexOf(name);
  return index < 0 ? undefined : words[index + 1];
}

function withoutOption(words: readonly string[], name: string): readonly string[] {
  const kept = beforeEndOfOptions(words).filter((word, index, all) => word !== name && !word.startsWith(`${name}=`) && all[index - 1] !== name);
  return [...kept, ...words.slice(beforeEndOfOptions(words).length)];
}
