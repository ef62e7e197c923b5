import { type ChildProcess, spawn } from 'node:child_process';
import { executable, rootSwitches } from './executable.ts';

export type CliRow = Readonly<Record<string, unknown>> & { readonly type: string };

export interface CliResult {
  readonly code: number;
  /** what it printed, line by line, read as JSON */
  readonly rows: readonly CliRow[];
  readonly stderr: string;
}

/** Runs a command of the packaged app as a person in a terminal does, with `--json`. @param begun gets the process, to send it a signal */
export async function cli(profile: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}, begun?: (child: ChildProcess) => void): Promise<CliResult> {
  const { code, stdout, stderr } = await runExecutable(['--profile', profile, ...words, '--json'], environment, begun);
  const rows = stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as CliRow);
  return { code, rows, stderr };
}

export interface ProcessResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that takes longer hangs: it is ended, and what it said is shown. */
const LONGEST_MS = 45_000;

/** Runs the packaged app without a window to its end. */
export function runExecutable(args: readonly string[], environment: Readonly<Record<string, string>> = {}, begun?: (child: ChildProcess) => void): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(executable(), [...rootSwitches, '--disable-gpu', '--log-level=3', ...args], { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'], timeout: LONGEST_MS });
    begun?.(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code, signal) => (code === null ? reject(new Error(`The command ${args.join(' ')} was ended by ${signal ?? 'nobody knows what'}.\n${stdout}\n${stderr}`)) : resolve({ code, stdout, stderr })));
  });
}
