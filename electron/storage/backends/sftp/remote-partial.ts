import { DEFAULT_HASH } from '../../../../shared/storage/checksum.ts';
import type { Resumption } from '../../../../shared/storage/evidence.ts';
import { type LocationPath, baseName } from '../../../../shared/storage/path.ts';
import { hashStream } from '../../../integrity/hash.ts';
import type { StoredBytes } from '../../../integrity/ladder.ts';
import { newPartialName } from '../../partial-name.ts';
import { PrefixGate } from '../../prefix-gate.ts';
import type { SaveStreamOptions } from '../../storage-backend.ts';
import type { Published, WriteHandle } from '../../write-handle.ts';
import { ConnectionLost } from './connection-lost.ts';
import type { SftpContext } from './context.ts';
import { SLOWEST } from './digest/shell-digests.ts';
import { isMissing, isRefused } from './errors.ts';
import { BULK, type Lease } from './pool.ts';
import { type Attributes, type NewAttributes, modifiedIso } from './protocol/attributes.ts';
import { OPEN } from './protocol/constants.ts';
import type { Handle, SftpClient } from './protocol/sftp-client.ts';
import { publish } from './publish.ts';
import { RemoteReader } from './remote-reader.ts';
import { sibling } from './remote-root.ts';
import { RemoteWriter } from './remote-writer.ts';
import { writeError } from './write-error.ts';

/** Uploads from this size on take up a good part of a connection, in bytes. */
const LARGE = 1024 * 1024;

/** A file in the making on the server, beside its final place: written, synced, proven and read back through one open handle. */
export class RemotePartial implements WriteHandle {
  readonly stream: RemoteWriter | PrefixGate;
  readonly stored: StoredBytes;
  /** absolute, and inside of the location */
  readonly place: string;
  readonly path: LocationPath;
  readonly #context: SftpContext;
  readonly #target: LocationPath;
  readonly #options: SaveStreamOptions;
  readonly #lease: Lease;
  readonly #handle: Handle;
  #attributes: Attributes | null = null;
  #synced: Promise<void> = Promise.resolve();
  #open = true;

  private constructor(context: SftpContext, target: LocationPath, path: LocationPath, options: SaveStreamOptions, lease: Lease, handle: Handle, start: number, proof: PrefixProof | null) {
    this.#context = context;
    this.#target = target;
    this.#options = options;
    this.#lease = lease;
    this.#handle = handle;
    this.path = path;
    this.place = context.root.absolute(path);
    const writer = new RemoteWriter({ sftp: this.#sftp, handle, start, budget: context.budget, finish: () => this.finish(), explain: (error) => writeError(this.#sftp, context, target, error) });
    this.stream = proof === null ? writer : new PrefixGate({ offset: start, algorithm: proof.algorithm, digest: () => proof.digest(), proof: proof.proof, sink: writer });
    this.stored = {
      size: () => Promise.resolve(this.#attributes?.size ?? null),
      readBack: (signal) => Promise.resolve(this.#reader(0, Infinity, signal)),
      ...(context.digests.algorithms[0] !== undefined && { serverDigest: (signal) => this.#digest(this.place, signal) }),
    };
  }

  /** Begins a new one. `kept`: a later save may go on with it. */
  static async create(context: SftpContext, target: LocationPath, options: SaveStreamOptions, kept: boolean): Promise<RemotePartial> {
    const path = sibling(target, newPartialName(kept));
    const place = context.root.absolute(path);
    const lease = await context.pool.lease({ signal: options.signal, weight: weightOf(options) });
    try {
      const handle = await lease.connection.sftp.open(place, OPEN.read | OPEN.write | OPEN.create | OPEN.exclusive, modeWhileOpen(options.mode));
      return new RemotePartial(context, target, path, options, lease, handle, 0, null);
    } catch (error) {
      lease.release();
      // The file may have come to be though the answer was lost.
      if (error instanceof ConnectionLost) await context.pool.use(({ sftp }) => sftp.remove(place)).catch(() => undefined);
      if (isRefused(error)) throw await writeError(lease.connection.sftp, context, target, error);
      throw error;
    }
  }

  /** Goes on with one that an earlier save kept. @returns null when it is not there any more */
  static async goOn(context: SftpContext, target: LocationPath, name: string, options: SaveStreamOptions): Promise<RemotePartial | null> {
    const path = sibling(target, name);
    const place = context.root.absolute(path);
    const lease = await context.pool.lease({ signal: options.signal, weight: weightOf(options) });
    const { sftp } = lease.connection;
    try {
      const handle = await sftp.open(place, OPEN.read | OPEN.write);
      const size = (await sftp.fstat(handle)).size ?? 0;
      const proof = size === 0 ? null : proofOf(context, sftp, handle, place, size, options.signal);
      if (size > 0 && proof === null) await sftp.setAttributes(handle, { size: 0 });
      return new RemotePartial(context, target, path, options, lease, handle, proof === null ? 0 : size, proof);
    } catch (error) {
      lease.release();
      if (isMissing(error)) return null;
      throw error;
    }
  }

  /** What a copy inside the server made. */
  static async filled(context: SftpContext, target: LocationPath, options: SaveStreamOptions, fill: (sftp: SftpClient, handle: Handle) => Promise<void>): Promise<RemotePartial> {
    const partial = await RemotePartial.create(context, target, options, false);
    try {
      await fill(partial.#sftp, partial.#handle);
      await partial.finish();
      return partial;
    } catch (error) {
      await partial.abort();
      throw error;
    }
  }

  /** what a later save finds it by */
  get name(): string {
    return baseName(this.path);
  }

  resumed(): Resumption | null {
    return this.stream instanceof PrefixGate ? this.stream.resumption : null;
  }

  async commit({ size }: { readonly size: number }): Promise<Published> {
    const { pool, root, findings } = this.#context;
    const { overwrite, mode } = this.#options;
    await this.#orWriteError(this.#synced);
    const last = findings.keepsMode && mode !== undefined && (mode & 0o600) !== 0o600 ? this.#sftp.setAttributes(this.#handle, { mode: mode & 0o777 }).catch(unlessRefused) : Promise.resolve();
    const closed = this.#close();
    // Without a sync the server may find out only when it closes the file that its disk is full.
    if (!findings.fsync) await this.#orWriteError(closed);
    const named = publish(this.#sftp, pool, findings, { from: this.place, to: root.absolute(this.#target), overwrite, size, digest: (path) => this.#digest(path, undefined) });
    await Promise.all([last.catch(unlessLost), closed.catch(unlessLost), named]);
    return { modified: this.#attributes === null ? null : modifiedIso(this.#attributes) };
  }

  async keep(): Promise<void> {
    this.stream.destroy();
    await this.#close();
  }

  async abort(): Promise<void> {
    this.stream.destroy();
    const { pool } = this.#context;
    const remove = (sftp: SftpClient) => sftp.remove(this.place).catch((error: unknown) => (isMissing(error) ? undefined : Promise.reject(error as Error)));
    const closed = this.#close().catch(() => undefined);
    const removed = this.#sftp.session.lost === null ? remove(this.#sftp) : pool.use(({ sftp }) => remove(sftp));
    await Promise.all([closed, removed]);
  }

  /** Everything about the file but its name, asked for without a wait for the last bytes: the server works in the order in which it was asked. */
  async finish(): Promise<void> {
    const { findings } = this.#context;
    const { modified, mode, size = 0 } = this.#options;
    const attributes: NewAttributes = {
      ...(findings.keepsMode && modeWhileOpen(mode)),
      // Nobody else may take the partial file for an abandoned one, however old its source is.
      ...(findings.keepsTimes && modified !== undefined && { times: { accessed: new Date(), modified } }),
    };
    const set = Object.keys(attributes).length === 0 ? Promise.resolve() : this.#sftp.setAttributes(this.#handle, attributes).catch(unlessRefused);
    const looked = this.#sftp.fstat(this.#handle);
    this.#synced = findings.fsync ? this.#sftp.fsync(this.#handle, { allowance: Math.ceil(size / SLOWEST) }) : Promise.resolve();
    this.#synced.catch(() => undefined);
    await set;
    this.#attributes = await looked;
  }

  get #sftp(): SftpClient {
    return this.#lease.connection.sftp;
  }

  async #digest(path: string, signal: AbortSignal | undefined) {
    const { digests } = this.#context;
    const algorithm = digests.algorithms[0];
    return algorithm === undefined ? null : digests.ask(path, algorithm, { size: this.#attributes?.size ?? 0, signal });
  }

  async #orWriteError(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      throw await writeError(this.#sftp, this.#context, this.#target, error);
    }
  }

  #reader(start: number, end: number, signal: AbortSignal | undefined): RemoteReader {
    return new RemoteReader({ sftp: this.#sftp, handle: this.#handle, start, end, expected: this.#attributes?.size ?? Infinity, explain: (error) => writeError(this.#sftp, this.#context, this.#target, error), release: () => undefined, signal });
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    try {
      await this.#sftp.close(this.#handle);
    } finally {
      this.#lease.release();
    }
  }
}

interface PrefixProof {
  readonly algorithm: typeof DEFAULT_HASH | NonNullable<SftpContext['digests']['forPrefix']>;
  readonly proof: Resumption['proof'];
  digest(): ReturnType<SftpContext['digests']['ask']>;
}

/** How the bytes that are there can be proven: by the server, else by reading them back as far as the location allows. @returns null when they cannot */
function proofOf({ digests, proof: { readBack } }: SftpContext, sftp: SftpClient, handle: Handle, place: string, size: number, signal: AbortSignal | undefined): PrefixProof | null {
  const algorithm = digests.forPrefix;
  if (algorithm !== null) return { algorithm, proof: 'server digest', digest: () => digests.ask(place, algorithm, { size, prefix: size, signal }) };
  if (readBack === 'never' || (readBack !== 'always' && size > readBack.upTo)) return null;
  const explain = (error: unknown) => Promise.resolve(error instanceof Error ? error : new Error(String(error)));
  const read = () => new RemoteReader({ sftp, handle, start: 0, end: size, expected: size, explain, release: () => undefined, signal });
  return { algorithm: DEFAULT_HASH, proof: 'read back', digest: async () => (await hashStream(read(), [DEFAULT_HASH], { signal })).checksums[DEFAULT_HASH] ?? null };
}

function weightOf({ size }: SaveStreamOptions): number {
  return size !== undefined && size < LARGE ? 1 : BULK;
}

/** Its own owner must be able to write, prove and resume it, whatever the file's permissions are to be in the end. */
function modeWhileOpen(mode: number | undefined): NewAttributes {
  return mode === undefined ? {} : { mode: (mode & 0o777) | 0o600 };
}

/** A server that keeps times or permissions in general may refuse them here; what it kept is told as it is. */
function unlessRefused(error: unknown): void {
  if (!isRefused(error)) throw error;
}

/** The file's name says whether all went well. */
function unlessLost(error: unknown): void {
  if (!(error instanceof ConnectionLost)) throw error;
}

