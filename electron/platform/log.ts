import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ErrorRecord, StorageError } from '../../shared/storage/errors.ts';

/** The log never grows beyond twice this many bytes: one file and the one before it. */
const LARGEST = 1024 * 1024;

/** What nobody expected, one JSON line each, for reports of users. Contexts of StorageErrors hold no secrets. */
export class Log {
  readonly #path: string;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  error(where: string, error: StorageError | ErrorRecord): void {
    const { code, message, retryable, context } = error;
    const stacks = error instanceof Error && { stack: error.stack, cause: error.cause instanceof Error ? error.cause.stack : undefined };
    const line = JSON.stringify({ at: new Date().toISOString(), where, code, message, retryable, context, ...stacks });
    this.#last = this.#last.then(() => this.#write(line)).catch((failure: unknown) => {
      process.stderr.write(`The log ${this.#path} cannot be written: ${String(failure)}\n${line}\n`);
    });
  }

  async #write(line: string): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    const size = await stat(this.#path).then((stats) => stats.size, () => 0);
    if (size > LARGEST) await rename(this.#path, `${this.#path}.old`);
    await appendFile(this.#path, `${line}\n`);
  }
}
