import { Command } from 'commander';
import type { CommandContext, CommandResult } from './command-context.ts';
import { listBackends } from './commands/backends.ts';
import { listFolder, makeFolder, moveFile, removeFiles, statFile } from './commands/browse.ts';
import { printChecksum } from './commands/checksum.ts';
import { type AddOptions, type EditOptions, addLocation, editLocation, listLocations, removeLocation, testLocation, trustLocation } from './commands/locations.ts';
import { listPlugins, setPluginEnabled } from './commands/plugins.ts';
import { type ReceiptsOptions, listReceipts } from './commands/receipts.ts';
import { type DownloadOptions, type TransferOptions, download, upload } from './commands/transfer.ts';
import { type UnfinishedOptions, listVersions, printLink, unfinishedUploads } from './commands/stored.ts';
import { cancelTransfers, listTransfers, resumeTransfers, watchTransfers } from './commands/transfers.ts';

/** Runs an action with the services, which start only when a command is complete and valid. */
export type Perform = (json: boolean, action: (context: CommandContext) => CommandResult) => Promise<void>;

/** The commands and their options; `perform` is told what to run. */
export function createProgram(perform: Perform, version: string): Command {
  const program = new Command('holdfast');
  program
    .description('Stores files, and proves that what is stored is what you had.')
    .version(version)
    .option('--json', 'one JSON object a line on stdout')
    .option('--profile <dir>', 'data folder to use (also HOLDFAST_PROFILE)')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(holdfast help shows all commands)')
    .addHelpText(
      'after',
      `
Exit codes: 0 everything proven to the asked level, 1 usage or configuration, 2 a transfer or a server failed, 3 a mismatch,
4 nothing contradicts but the asked level was not reached.

Example: holdfast upload ./measurements "Local library:/2026/"`,
    );
  const run = (action: (context: CommandContext) => CommandResult) => perform(program.opts<{ json?: boolean }>().json === true, action);
  const command = (parent: Command, usage: string, description: string) => parent.command(usage).description(description).option('--json', 'one JSON object a line on stdout').hook('preAction', (_self, action) => {
    if (action.opts<{ json?: boolean }>().json === true) program.setOptionValue('json', true);
  });

  command(program, 'backends', 'registered backends').action(() => run(listBackends));
  addLocationCommands(program, command, run);

  command(program, 'ls <place>', 'list a folder, NAME:/path').option('-r, --recursive', 'with all folders below').action((place: string, options: { recursive?: boolean }) => run((context) => listFolder(context, place, options)));
  command(program, 'stat <place>', 'what is known of a file').action((place: string) => run((context) => statFile(context, place)));
  command(program, 'mkdir <place>', 'make a folder').action((place: string) => run((context) => makeFolder(context, place)));
  command(program, 'mv <from> <to>', 'rename or move inside a location').action((from: string, to: string) => run((context) => moveFile(context, from, to)));
  command(program, 'rm <place...>', 'remove files, and folders with --recursive').option('-r, --recursive', 'folders with all that is in them').action((places: string[], options: { recursive?: boolean }) => run((context) => removeFiles(context, places, options)));

  transferOptions(command(program, 'upload <words...>', 'upload files and folders into NAME:/folder/').usage('[options] <source...> <NAME:/folder/>')).action((words: string[], options: TransferOptions) =>
    run((context) => upload(context, words, options)),
  );
  transferOptions(command(program, 'download <words...>', 'download files and folders into a folder of this computer').usage('[options] <NAME:/path...> <folder>')).option('--version-id <id>', 'one earlier version of one file, see holdfast versions').action((words: string[], options: DownloadOptions) =>
    run((context) => download(context, words, options)),
  );
  command(program, 'checksum <place...>', 'digest of stored files, as coreutils writes it')
    .option('--algorithm <name>', 'which digest', 'sha256')
    .option('--read-back', 'download and hash here, even if the storage could answer')
    .action((places: string[], options: { algorithm: string; readBack?: boolean }) => run((context) => printChecksum(context, places, options)));
  command(program, 'versions <place>', 'versions that the storage keeps of a file').action((place: string) => run((context) => listVersions(context, place)));
  command(program, 'link <place>', 'a link by which anybody can fetch the file for some time')
    .option('--expires <time>', 'how long it works, e.g. 30m, 1h, 7d', '1h')
    .action((place: string, options: { expires: string }) => run((context) => printLink(context, place, options)));
  command(program, 'unfinished <name>', 'what uploads that never finished left in a location')
    .option('--discard <id...>', 'remove these')
    .option('--discard-all', 'remove all of them')
    .action((name: string, options: UnfinishedOptions) => run((context) => unfinishedUploads(context, name, options)));
  const transfers = program.command('transfers').description('the journal of transfers');
  command(transfers, 'list', 'every transfer with its state').action(() => run(listTransfers));
  command(transfers, 'resume [batch]', 'go on with what was held back or left by a process that died').action((batch: string | undefined) => run((context) => resumeTransfers(context, batch)));
  command(transfers, 'cancel <batch...>', 'cancel batches, and remove what they left unfinished').action((batches: string[]) => run((context) => cancelTransfers(context, batches)));
  command(transfers, 'watch', 'follow what is under way, in this or another process, until it has ended').action(() => run(watchTransfers));
  const receipts = program.command('receipts').description('what was proven');
  command(receipts, 'list', 'list or export receipts')
    .option('--export <format>', 'json or sha256sums')
    .option('--out <path>', 'file to write (must not exist); default stdout')
    .action((options: ReceiptsOptions) => run((context) => listReceipts(context, options)));
  const plugins = program.command('plugins').description('backends by others, in the plugins folder of the data folder');
  command(plugins, 'list', 'every package with its state').action(() => run(listPlugins));
  command(plugins, 'enable <package>', 'let it run; its code has the same rights as Holdfast').action((name: string) => run((context) => setPluginEnabled(context, name, true)));
  command(plugins, 'disable <package>', 'run it no more').action((name: string) => run((context) => setPluginEnabled(context, name, false)));
  return program;
}

function addLocationCommands(program: Command, command: (parent: Command, usage: string, description: string) => Command, run: (action: (context: CommandContext) => CommandResult) => Promise<void>): void {
  const locations = program.command('locations').description('configured storage systems');
  command(locations, 'list', 'all locations').action(() => run(listLocations));
  const add = command(locations, 'add <name>', 'try a location and save it when it works').requiredOption('--backend <name>', 'see holdfast backends').requiredOption('--uri <uri>', 'root: a folder or an address');
  locationOptions(add)
    .option('--trust <fingerprint>', 'accept the server with exactly this host key or certificate (SHA-256), and no other')
    .action((name: string, options: AddOptions) => run((context) => addLocation(context, name, options)));
  locationOptions(command(locations, 'edit <name>', 'change what is given, try it and save it when it works').option('--uri <uri>', 'another root'))
    .action((name: string, options: EditOptions) => run((context) => editLocation(context, name, options)));
  command(locations, 'trust <name> <fingerprint>', 'accept the server with exactly this host key or certificate (SHA-256), where none is trusted yet')
    .action((name: string, fingerprint: string) => run((context) => trustLocation(context, name, fingerprint)));
  command(locations, 'remove <name>', 'forget a location; what is stored stays').action((name: string) => run((context) => removeLocation(context, name)));
  command(locations, 'test <name>', 'connect and say what works').action((name: string) => run((context) => testLocation(context, name)));
}

function locationOptions(command: Command): Command {
  const repeated = (value: string, all: readonly string[]) => [...all, value];
  const none: readonly string[] = [];
  return command
    .option('--option <key=value>', 'an option of the backend; may be repeated', repeated, none)
    .option('--secret-env <[key=]variable>', 'environment variable that holds the main secret, or with a key another one; may be repeated', repeated, none)
    .option('--size-limit <bytes>', 'largest file to take, e.g. 2GB')
    .option('--read-back <when>', 'always, never, or up to so many bytes');
}

function transferOptions(command: Command): Command {
  return command
    .option('--level <0..3>', 'evidence to reach: 0 size only, 1 checked in transit, 2 server digest, 3 read back')
    .option('--transfers <n>', 'files at the same time')
    .option('--limit <rate>', 'most bytes a second each way, e.g. 500kB or 2MiB')
    .option('--conflict <what>', 'when the destination exists: fail, skip, overwrite or rename', 'fail')
    .option('--algorithm <name>', 'one more digest for the receipts')
    .option('--size-limit <bytes>', 'refuse larger files')
    .option('--receipts <file>', 'write the receipts of this run, JSON lines, to a new file');
}
