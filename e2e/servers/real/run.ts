import { execFile } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** given on standard input */
  readonly input?: string;
  /** default: 60 s */
  readonly timeoutMs?: number;
  /** exit codes that are no failure; default: 0 */
  readonly codes?: readonly number[];
}

/**
 * Runs a program to its end.
 *
 * @returns what it wrote, and its exit code
 * @throws Error with the command, its exit code and the end of what it wrote, when the code is another one than expected
 */
export function run(command: string, args: readonly string[], { cwd, env, input = '', timeoutMs = 60_000, codes = [0] }: RunOptions = {}): Promise<{ stdout: string; stderr: string; code: number }> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, [...args], { cwd, env, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      if (code !== null && codes.includes(code)) return resolve({ stdout, stderr, code });
      const why = code === null ? (error?.killed ? `was ended after ${timeoutMs} ms` : (error?.message ?? 'failed')) : `exited with ${code}`;
      reject(new Error(`${[command, ...args].join(' ')} ${why}.\n${lastLines(`${stdout}${stderr}`)}`));
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** The end of a text, which in a log is where the reason is. */
export function lastLines(text: string, count = 30): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
