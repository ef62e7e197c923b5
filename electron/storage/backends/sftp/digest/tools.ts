import { type Checksum, HASH_HEX_LENGTHS, type HashName, formatChecksum } from '../../../../../shared/storage/checksum.ts';
import { quote } from './quote.ts';

/** Commands of servers that print a digest, by algorithm; the first that works is taken. They take names of files, or standard input. */
const CANDIDATES: Readonly<Partial<Record<HashName, readonly string[]>>> = {
  sha256: ['sha256sum', 'shasum -a 256', 'sha256 -q', 'openssl dgst -sha256 -r'],
  sha512: ['sha512sum', 'shasum -a 512', 'sha512 -q', 'openssl dgst -sha512 -r'],
  sha1: ['sha1sum', 'shasum -a 1', 'sha1 -q', 'openssl dgst -sha1 -r'],
  md5: ['md5sum', 'md5 -q', 'openssl dgst -md5 -r'],
};

export const SHELL_ALGORITHMS = Object.keys(CANDIDATES) as readonly HashName[];

/** The commands of one server. */
export type Tools = Readonly<Partial<Record<HashName, string>>>;

/** Tries the commands on one file. */
export function probeScript(path: string): string {
  const lines = SHELL_ALGORITHMS.map((algorithm) => (CANDIDATES[algorithm] ?? []).map((command, at) => `t ${algorithm} ${at} ${command}`).join(' || '));
  return [`p=${quote(path)}`, `t() { a=$1; i=$2; shift 2; r=$("$@" <"$p" 2>/dev/null) || return 1; printf '%s %s %s\\n' "$a" "$i" "$r"; }`, ...lines].join('\n');
}

/** Reads the answer to {@link probeScript}: only commands that gave the right digest count. */
export function readProbe(output: string, expected: (algorithm: HashName) => Checksum | undefined): Tools {
  const tools: Partial<Record<HashName, string>> = {};
  for (const line of output.split('\n')) {
    const [algorithm, index, answer = ''] = line.split(' ');
    const name = SHELL_ALGORITHMS.find((each) => each === algorithm);
    const command = name === undefined ? undefined : CANDIDATES[name]?.[Number(index)];
    if (name === undefined || command === undefined) continue;
    const digest = readDigest(answer, name);
    if (digest !== null && digest === expected(name)) tools[name] = command;
  }
  return tools;
}

export function wholeScript(tool: string, path: string): string {
  return `${tool} <${quote(path)}`;
}

export function prefixScript(tool: string, path: string, length: number): string {
  return `head -c ${length} <${quote(path)} | ${tool}`;
}

/** Several files in one go: most of what a small one costs is the start of the command. */
export function severalScript(tool: string, paths: readonly string[]): string {
  return `${tool} ${paths.map(quote).join(' ')} </dev/null`;
}

/** coreutils write such names in another way, others do not: only one line for each file can be told apart from the next. */
export function isPlain(path: string): boolean {
  return !/[\\\r\n]/.test(path);
}

/** @returns null when the answer does not fit, e.g. because one of the files is gone */
export function readDigests(output: string, count: number, algorithm: HashName): readonly Checksum[] | null {
  const found = output.split('\n').flatMap((line) => readDigest(line, algorithm) ?? []);
  return found.length === count ? found : null;
}

/** A line that begins with a digest. @returns null when it does not */
export function readDigest(line: string, algorithm: HashName): Checksum | null {
  const digits = /^([0-9a-fA-F]+)(?:\s|$)/.exec(line.trim())?.[1];
  return digits !== undefined && digits.length === HASH_HEX_LENGTHS[algorithm] ? formatChecksum(algorithm, digits) : null;
}
