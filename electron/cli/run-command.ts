import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommanderError, type Command } from 'commander';
import { app as electron } from 'electron';
import { type App, startApp } from '../app.ts';
import type { Profile } from '../platform/profile.ts';
import { systemNetwork } from '../platform/proxy.ts';
import { KeychainSecrets, keychainState } from '../platform/secrets.ts';
import { wrapError } from '../storage/wrap-error.ts';
import type { CommandContext, CommandResult } from './command-context.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-code.ts';
import { Output } from './output.ts';
import { createProgram } from './program.ts';

/** Runs one command with the same services as the window, and answers the exit code of the process. */
export async function runCommand(args: readonly string[], profile: Profile, mainFolder: string): Promise<ExitCode> {
  const streams = { stdout: process.stdout, stderr: process.stderr };
  let output = new Output(args.includes('--json'), streams);
  let code: ExitCode = EXIT.proven;
  const abort = new AbortController();
  const stop = () => abort.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  // Electron takes these signals itself and would quit at once: what is under way must be ended cleanly first.
  electron.on('before-quit', (event) => {
    event.preventDefault();
    if (!abort.signal.aborted) output.note('Stopping in order; once more ends at once.');
    stop();
  });
  // Electron would show a dialog for an error of these streams that nobody listens to.
  output.onReaderGone(stop);
  const program = createProgram(async (json, action) => {
    output = new Output(json, streams);
    code = await perform(action, output, profile, mainFolder, abort.signal);
  }, electron.getVersion());
  quiet(program);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) code = error.exitCode === 0 ? EXIT.proven : EXIT.usage;
    else {
      const failure = wrapError(error, 'run this command');
      output.error(failure.toRecord());
      code = exitCodeOf(failure.code);
    }
  }
  await output.drain();
  return code;
}

async function perform(action: (context: CommandContext) => CommandResult, output: Output, profile: Profile, mainFolder: string, signal: AbortSignal): Promise<ExitCode> {
  await electron.whenReady();
  const app: App = await startApp({
    folder: profile.folder,
    libraryFolder: profile.libraryFolder,
    threads: { database: pathToFileURL(join(mainFolder, 'database-thread.js')), transfers: pathToFileURL(join(mainFolder, 'transfer-thread.js')) },
    appVersion: electron.getVersion(),
    secrets: (database) => new KeychainSecrets(database),
    network: systemNetwork(),
    takeOver: false,
  });
  try {
    for (const notice of app.notices) output.note(notice);
    return await action({ app, output, signal, workingFolder: process.cwd(), keychain: keychainState().available });
  } finally {
    await app.close();
  }
}

/** Errors are thrown, not exited with, by the program and all its commands. */
function quiet(command: Command): void {
  command.exitOverride();
  for (const sub of command.commands) quiet(sub);
}
