import { type Checksum, type HashName } from '../../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../../shared/storage/errors.ts';
import { orAborted } from '../or-aborted.ts';
import type { ConnectionPool, Lease } from '../pool.ts';
import { RemoteShell } from './remote-shell.ts';
import { type Tools, isPlain, prefixScript, readDigest, readDigests, severalScript, wholeScript } from './tools.ts';

/** Files up to this size are hashed together, in bytes. */
const SMALL = 4 * 1024 * 1024;
/** Files that are hashed by one command. */
const BATCH = 64;
/** Larger files that are hashed at the same time; each has a shell of its own. Servers allow 10 channels a connection, and more processes would only fight for its disk. */
const LANES = 3;
/** Slowest server that is waited for, in bytes a millisecond: 10 MB a second. */
export const SLOWEST = 10_000;

interface Wanted {
  readonly path: string;
  readonly algorithm: HashName;
  resolve(checksum: Checksum | null): void;
  reject(error: Error): void;
}

/** Digests by commands of the server, run in shells that stay open: what a small file costs would else be the start of shell and command. */
export class ShellDigests {
  readonly tools: Tools;
  readonly #pool: ConnectionPool;
  readonly #silence: number;
  readonly #idle: Worker[] = [];
  readonly #small: Wanted[] = [];
  readonly #turns: (() => void)[] = [];
  #lanes = LANES;
  #batching = false;

  constructor(pool: ConnectionPool, tools: Tools, silence: number) {
    this.#pool = pool;
    this.tools = tools;
    this.#silence = silence;
  }

  /**
   * @param size bytes of the file as far as is known; tells how long it may take
   * @param prefix only so many bytes from the first on; absent: all
   * @returns null when the command gives none, e.g. because the file is not there
   * @throws StorageError unavailable, canceled
   */
  async digest(path: string, algorithm: HashName, { size, prefix, signal }: { readonly size: number; readonly prefix?: number; readonly signal?: AbortSignal | undefined }): Promise<Checksum | null> {
    const tool = this.tools[algorithm];
    if (tool === undefined) return null;
    if (prefix === undefined && size <= SMALL && isPlain(path)) return orAborted(this.#together(path, algorithm), signal);
    return this.#alone(prefix === undefined ? wholeScript(tool, path) : prefixScript(tool, path, prefix), algorithm, prefix ?? size, signal);
  }

  close(): void {
    for (const { shell } of this.#idle.splice(0)) shell.close();
  }

  #together(path: string, algorithm: HashName): Promise<Checksum | null> {
    return new Promise((resolve, reject) => {
      this.#small.push({ path, algorithm, resolve, reject });
      if (!this.#batching) void this.#work();
    });
  }

  /** What comes while one command runs is for the next one. */
  async #work(): Promise<void> {
    this.#batching = true;
    while (this.#small.length > 0) {
      const algorithm = this.#small[0]?.algorithm;
      const batch = this.#small.filter((wanted) => wanted.algorithm === algorithm).slice(0, BATCH);
      for (const wanted of batch) this.#small.splice(this.#small.indexOf(wanted), 1);
      await this.#batch(batch);
    }
    this.#batching = false;
  }

  async #batch(batch: readonly Wanted[]): Promise<void> {
    const [first] = batch;
    const tool = first && this.tools[first.algorithm];
    if (first === undefined || tool === undefined) return;
    try {
      const output = await this.#run(severalScript(tool, batch.map(({ path }) => path)), batch.length * SMALL);
      const digests = readDigests(output, batch.length, first.algorithm);
      for (const [at, { path, resolve, reject }] of batch.entries()) {
        if (digests !== null) resolve(digests[at] ?? null);
        else this.#run(wholeScript(tool, path), SMALL).then((answer) => resolve(readDigest(answer, first.algorithm)), reject);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error as Error);
    }
  }

  async #alone(script: string, algorithm: HashName, bytes: number, signal: AbortSignal | undefined): Promise<Checksum | null> {
    await this.#takeLane(signal);
    try {
      return readDigest(await this.#run(script, bytes, signal), algorithm);
    } finally {
      this.#lanes += 1;
      this.#turns.shift()?.();
    }
  }

  async #takeLane(signal: AbortSignal | undefined): Promise<void> {
    while (this.#lanes === 0) await orAborted(new Promise<void>((resolve) => this.#turns.push(resolve)), signal, () => this.#turns.shift()?.());
    this.#lanes -= 1;
  }

  /** Asked again in a new shell when an old one turned out to be gone: hashing changes nothing. */
  async #run(script: string, bytes: number, signal?: AbortSignal): Promise<string> {
    const old = this.#idle.pop();
    if (old !== undefined) {
      try {
        return await this.#runIn(old, script, bytes, signal);
      } catch (error) {
        if (signal?.aborted === true || !(error instanceof StorageError)) throw error;
      }
    }
    return this.#runIn(await this.#open(signal), script, bytes, signal);
  }

  async #runIn(worker: Worker, script: string, bytes: number, signal: AbortSignal | undefined): Promise<string> {
    const stop = (): void => worker.shell.close();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const output = await orAborted(worker.shell.run(script, this.#silence + Math.ceil(bytes / SLOWEST)), signal);
      this.#idle.push(worker);
      return output;
    } catch (error) {
      worker.lease.release();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async #open(signal: AbortSignal | undefined): Promise<Worker> {
    const lease = await this.#pool.lease({ signal, weight: 0 });
    try {
      return { lease, shell: await orAborted(RemoteShell.open(lease.connection.ssh), signal, (shell) => shell.close()) };
    } catch (error) {
      lease.release();
      throw error;
    }
  }
}

interface Worker {
  readonly lease: Lease;
  readonly shell: RemoteShell;
}
