import { spawn } from 'node:child_process';
import { watchMemory } from '../bench/process-tree.ts';
import { executable, rootSwitches } from '../harness/executable.ts';
import type { CliRow } from '../harness/cli.ts';
import type { Address } from './target.ts';

export interface Ran {
  readonly code: number;
  readonly rows: readonly CliRow[];
  readonly stderr: string;
  readonly seconds: number;
  /** highest sum of PSS of all its processes, in bytes */
  readonly peak: number;
}

/** What `--json` prints: a row a line. */
export function rowsOf(stdout: string): readonly CliRow[] {
  return stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as CliRow);
}

/** The packaged app without a window on one data folder; secrets go through its environment. */
export class Holdfast {
  readonly profile: string;
  readonly #environment: Record<string, string> = {};

  constructor(profile: string) {
    this.profile = profile;
  }

  /** What starts the app with these words. */
  command(words: readonly string[]): { readonly program: string; readonly args: readonly string[] } {
    return { program: executable(), args: [...rootSwitches, '--disable-gpu', '--log-level=3', '--profile', this.profile, ...words, '--json'] };
  }

  /** @param limitMs a command that takes longer hangs: it is ended and told */
  run(words: readonly string[], limitMs = 60_000): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const begin = performance.now();
      const { program, args } = this.command(words);
      const child = spawn(program, args, { env: { ...process.env, ...this.#environment }, stdio: ['ignore', 'pipe', 'pipe'], timeout: limitMs });
      const stopWatching = watchMemory(child.pid ?? 0);
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.once('error', reject);
      child.once('close', (code, signal) => {
        const seconds = (performance.now() - begin) / 1000;
        void stopWatching().then(({ peak }) => {
          if (code === null) return reject(new Error(`${words.join(' ')} was ended by ${signal ?? 'nobody knows what'} after ${seconds.toFixed(1)} s.\n${stdout}\n${stderr}`));
          resolve({ code, rows: rowsOf(stdout), stderr, seconds, peak });
        });
      });
    });
  }

  /** @param more further words, e.g. a size limit */
  async add(name: string, { backend, uri, options = {}, secrets = {} }: Address, more: readonly string[] = []): Promise<Ran> {
    const secretWords = Object.entries(secrets).flatMap(([key, value], index) => {
      const variable = `${name.replaceAll(/\W/g, '_').toUpperCase()}_SECRET_${index}`;
      this.#environment[variable] = value;
      return ['--secret-env', key === '' ? variable : `${key}=${variable}`];
    });
    const optionWords = Object.entries(options).flatMap(([key, value]) => ['--option', `${key}=${value}`]);
    return this.run(['locations', 'add', name, '--backend', backend, '--uri', uri, ...optionWords, ...secretWords, ...more]);
  }

  /** For the window on the same data folder. */
  get environment(): Readonly<Record<string, string>> {
    return this.#environment;
  }
}
