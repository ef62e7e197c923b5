import { spawn } from 'node:child_process';

/** One run of a command, from before its process starts until it has ended. */
export interface TimedRun {
  readonly seconds: number;
  /** processor time, user and system, of the process and of all it waited for */
  readonly cpuSeconds: number;
  readonly stdout: string;
}

/** Runs a command to its end and takes its time as the shell's `time` does. @param fine exit codes that are no failure @throws Error when it cannot be started or fails */
export function timed(program: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}, fine: readonly number[] = [0]): Promise<TimedRun> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', 'TIMEFORMAT="%3R %3U %3S"; time "$@" 2>&3', 'bash', program, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], env: { ...peerEnvironment(), ...environment } });
    const texts = [1, 2, 3].map((fd) => collect(child.stdio[fd] as NodeJS.ReadableStream));
    child.once('error', reject);
    child.once('close', (code) => {
      const [stdout = '', times = '', errors = ''] = texts.map((text) => text());
      const [seconds, user, system] = times.trim().split(' ').map(Number);
      if (code === null || !fine.includes(code) || seconds === undefined || user === undefined || system === undefined) reject(new Error(`${program} ${args.join(' ')} ended with ${code}:\n${errors}${times}`));
      else resolve({ seconds, cpuSeconds: user + system, stdout });
    });
  });
}

/** As {@link timed}, for several commands of the shell; paths come as "$1", "$2". */
export function timedShell(script: string, ...paths: readonly string[]): Promise<TimedRun> {
  return timed('bash', ['-c', `set -e -o pipefail; ${script}`, 'bash', ...paths]);
}

/** The first line that a program says about its version, null when it is not installed. */
export async function versionOf(program: string, ...args: readonly string[]): Promise<string | null> {
  return timed(program, args).then(({ stdout }) => stdout.split('\n')[0] ?? '', () => null);
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  return () => text;
}

/** Without what makes rclone read somebody's settings, or fail on a certificate file that it cannot read. */
function peerEnvironment(): NodeJS.ProcessEnv {
  const { AWS_CA_BUNDLE: _bundle, ...environment } = process.env;
  return { ...environment, RCLONE_CONFIG: '/dev/null' };
}
