import type { Readable } from 'node:stream';
import type { Checksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import { isKeptName } from '../../partial-name.ts';
import { type ChecksumOptions, type KeptPart, type KnownFile, type OpenOptions, type OperationOptions, type SaveStreamOptions, StorageBackend } from '../../storage-backend.ts';
import type { WriteHandle } from '../../write-handle.ts';
import { type SftpContext, requireWritable } from './context.ts';
import { SLOWEST } from './digest/shell-digests.ts';
import { isFailure, isMissing, isRefused, sftpError } from './errors.ts';
import { lookAt, lookThrough } from './look.ts';
import { orAborted } from './or-aborted.ts';
import { BULK, type Lease } from './pool.ts';
import { type Attributes, kindOf } from './protocol/attributes.ts';
import { OPEN } from './protocol/constants.ts';
import type { SftpClient } from './protocol/sftp-client.ts';
import { RemotePartial } from './remote-partial.ts';
import { RemoteReader } from './remote-reader.ts';
import { shown, sibling } from './remote-root.ts';
import { RemoteWriter } from './remote-writer.ts';
import { writeError } from './write-error.ts';

/** Reads from this size on take up a good part of a connection, in bytes. */
const LARGE = 1024 * 1024;

/** One file of an SFTP server. A save goes into a partial file beside it, is synced and proven there, and then takes its name in one step. */
export class SftpBackend extends StorageBackend<SftpContext> {
  readonly path: LocationPath;

  /** @throws StorageError invalid_location when the path names no file, or leads outside */
  constructor(context: SftpContext, path: LocationPath, known: KnownFile = {}) {
    if (path === '') throw new StorageError('invalid_location', 'An empty path names the folder of the location, not a file.');
    context.root.absolute(path);
    super(context, context.root.uri(path), known);
    this.path = path;
  }

  /** Digests can be asked of the server only where it has a way to compute them. */
  override get asksStorage(): boolean {
    return this.context.digests.algorithms.length > 0;
  }

  override async open({ start = 0, end, signal }: OpenOptions = {}): Promise<Readable> {
    return this.context.root.explain(this.path, 'open', async () => {
      // A pipe would make the server wait for ever, so what is not known to be a file is looked at before.
      const expected = this.known.size ?? (await this.#requireFile(signal)).size ?? Infinity;
      return this.#openAt(this.context.root.absolute(this.path), start, end === undefined ? Infinity : Math.max(end + 1, start), expected, signal);
    });
  }

  override async size({ signal }: OperationOptions = {}): Promise<number | null> {
    return this.context.root.explain(this.path, 'look at', async () => (await this.#requireFile(signal)).size);
  }

  /** Asks the server where it computes this digest, else reads the file back. @returns null when the server gave none now */
  override async checksum(options: ChecksumOptions = {}): Promise<Checksum | null> {
    const { signal, onProgress } = options;
    const algorithm = options.algorithm ?? this.checksumHashName;
    if (algorithm === null || !this.context.digests.algorithms.includes(algorithm)) return super.checksum(options);
    const total = this.known.size ?? (await this.size({ signal }));
    onProgress?.({ bytes: 0, total });
    const checksum = await this.context.digests.ask(this.context.root.absolute(this.path), algorithm, { size: total ?? 0, signal });
    if (checksum === null) await this.size({ signal });
    onProgress?.({ bytes: total ?? 0, total });
    return checksum;
  }

  override async kept(token: string, { signal }: OperationOptions = {}): Promise<KeptPart | null> {
    if (!isKeptName(token)) return null;
    const place = this.context.root.absolute(sibling(this.path, token));
    return this.context.root.explain(this.path, 'look at', async () => {
      const attributes = await this.context.pool.ask(({ sftp }) => lookAt(sftp, place), { signal });
      const size = attributes?.size ?? null;
      if (attributes === null || size === null || kindOf(attributes) !== 'file') return null;
      return { size, open: () => this.#openAt(place, 0, size, size, signal) };
    });
  }

  override async forget(token: string, { signal }: OperationOptions = {}): Promise<void> {
    if (!isKeptName(token)) return;
    requireWritable(this.context);
    const place = this.context.root.absolute(sibling(this.path, token));
    await this.context.root.explain(this.path, 'remove what is left of', () => this.context.pool.use(({ sftp }) => sftp.remove(place), { signal }).catch(unlessMissing));
  }

  /** Removes a link itself, never what it leads to. */
  override async delete({ signal }: OperationOptions = {}): Promise<void> {
    requireWritable(this.context);
    const place = this.context.root.absolute(this.path);
    await this.context.root.explain(this.path, 'delete', () =>
      this.context.pool.use(async ({ sftp }) => {
        try {
          await sftp.remove(place);
        } catch (error) {
          if (isRefused(error) && !isMissing(error) && kindOf((await lookAt(sftp, place)) ?? { mode: null }) === 'folder') throw isFolder(place, error);
          throw error;
        }
      }, { signal }),
    );
  }

  protected override async _initialize(size: number, { signal }: OperationOptions): Promise<undefined> {
    requireWritable(this.context);
    const { root, capabilities, pool } = this.context;
    const place = root.absolute(this.path);
    if (!capabilities.initialize) throw new StorageError('unsupported', `This server cannot give a file its size before its bytes: ${shown(place)}.`);
    await root.explain(this.path, 'allocate', () =>
      pool.use(async ({ sftp }) => {
        const handle = await sftp.open(place, OPEN.write | OPEN.create | OPEN.exclusive).catch((error: unknown) => this.#takenOr(sftp, error));
        try {
          await sftp.setAttributes(handle, { size });
        } catch (error) {
          await sftp.remove(place);
          throw await writeError(sftp, this.context, this.path, error);
        } finally {
          await sftp.close(handle);
        }
      }, { signal }),
    );
  }

  protected override async getSaveStream(options: SaveStreamOptions): Promise<WriteHandle> {
    requireWritable(this.context);
    this.#requireKeepable();
    const { context, path } = this;
    const { resume } = options;
    // An idle connection may turn out to be gone only now.
    const create = (kept: boolean) => context.pool.again(() => RemotePartial.create(context, path, options, kept));
    return context.root.explain(path, 'store', async () => {
      if (resume === undefined || !context.capabilities.resume) return this.#withoutKeep(await create(false));
      const { token } = resume;
      const kept = token !== null && isKeptName(token) ? await context.pool.again(() => RemotePartial.goOn(context, path, token, options)) : null;
      const partial = kept ?? (await create(true));
      resume.keep(partial.name);
      return { ...this.#withoutKeep(partial), resumed: () => partial.resumed(), keep: () => partial.keep() };
    });
  }

  /** Writes in place: what was written before a failure stays, as in every storage that can update. */
  protected override async getUpdateStream(seek: number, { size, signal }: OperationOptions & { readonly size?: number | undefined }): Promise<WriteHandle> {
    requireWritable(this.context);
    const { root, capabilities, pool, findings, budget } = this.context;
    const place = root.absolute(this.path);
    if (!capabilities.update) throw new StorageError('unsupported', `This server cannot write into a file that is there: ${shown(place)}.`);
    return root.explain(this.path, 'update', async () => {
      await this.#requireFile(signal);
      const lease = await pool.lease({ signal, weight: BULK });
      const { sftp } = lease.connection;
      try {
        const handle = await sftp.open(place, OPEN.write);
        const explain = (error: unknown) => writeError(sftp, this.context, this.path, error);
        let open = true;
        const close = async (): Promise<void> => {
          if (!open) return;
          open = false;
          await sftp.close(handle).finally(() => lease.release());
        };
        const sync = () => (findings.fsync ? sftp.fsync(handle, { allowance: Math.ceil((size ?? 0) / SLOWEST) }) : Promise.resolve());
        return {
          stream: new RemoteWriter({ sftp, handle, start: seek, budget, finish: sync, explain }),
          commit: async () => {
            await close();
            return undefined;
          },
          abort: close,
        };
      } catch (error) {
        lease.release();
        throw error;
      }
    });
  }

  /** By copy-data, inside the server. */
  protected override async getCopy(source: StorageBackend, options: SaveStreamOptions): Promise<Omit<WriteHandle, 'stream'> | null> {
    const { context } = this;
    if (!(source instanceof SftpBackend) || source.context !== context || !context.findings.copyData || context.readOnly) return null;
    this.#requireKeepable();
    const { size } = await context.root.explain(source.path, 'copy', () => source.#requireFile(options.signal));
    return context.root.explain(this.path, 'store', async () => {
      const from = context.root.absolute(source.path);
      const partial = await RemotePartial.filled(context, this.path, { ...options, size: size ?? undefined }, async (sftp, target) => {
        const original = await sftp.open(from, OPEN.read);
        const copied = sftp.copyData(original, target, { allowance: Math.ceil((size ?? 0) / SLOWEST) });
        try {
          await orAborted(copied, options.signal);
        } catch (error) {
          throw isRefused(error) ? await writeError(sftp, context, this.path, error) : error;
        } finally {
          // The server works in order: it closes the file when it is through with it.
          sftp.close(original).catch(() => undefined);
        }
      });
      return this.#withoutKeep(partial);
    });
  }

  #withoutKeep(partial: RemotePartial): WriteHandle {
    return {
      stream: partial.stream,
      stored: partial.stored,
      commit: (written) => this.context.root.explain(this.path, 'publish', () => partial.commit(written)),
      abort: () => partial.abort(),
    };
  }

  /** A file through one connection until its stream is over. */
  async #openAt(place: string, start: number, end: number, expected: number, signal: AbortSignal | undefined): Promise<Readable> {
    const { pool, root } = this.context;
    const begin = async (): Promise<Readable> => {
      const lease: Lease = await pool.lease({ signal, weight: expected < LARGE ? 1 : BULK });
      const { sftp } = lease.connection;
      try {
        const handle = await orAborted(sftp.open(place, OPEN.read), signal, (late) => void sftp.close(late).catch(() => undefined));
        const release = (): void => {
          sftp.close(handle).catch(() => undefined);
          lease.release();
        };
        const explain = (error: unknown) => Promise.resolve(sftpError(error, `read ${shown(root.absolute(this.path))}`, this.path));
        return new RemoteReader({ sftp, handle, start, end, expected, explain, release, signal });
      } catch (error) {
        lease.release();
        throw error;
      }
    };
    return pool.again(begin);
  }

  /** @throws StorageError invalid_location for a folder, unsupported for a device or pipe; not_found */
  async #requireFile(signal: AbortSignal | undefined): Promise<Attributes> {
    const place = this.context.root.absolute(this.path);
    const attributes = await this.context.pool.ask(({ sftp }) => sftp.stat(place), { signal });
    const kind = kindOf(attributes);
    if (kind === 'folder') throw isFolder(place);
    if (kind === 'special') throw new StorageError('unsupported', `${shown(place)} is a device or a pipe, not a file.`, { context: { path: this.path } });
    return attributes;
  }

  async #takenOr(sftp: SftpClient, error: unknown): Promise<never> {
    const place = this.context.root.absolute(this.path);
    if (isFailure(error) && (await lookThrough(sftp, place)) !== null) throw new StorageError('already_exists', `${shown(place)} exists already.`, { cause: error, context: { path: this.path } });
    throw isRefused(error) ? await writeError(sftp, this.context, this.path, error) : error;
  }

  /** Said before the bytes are sent, because the server would say it after them. */
  #requireKeepable(): void {
    const { longestName } = this.context.findings;
    const name = this.path.slice(this.path.lastIndexOf('/') + 1);
    const bytes = Buffer.byteLength(name);
    if (longestName !== null && bytes > longestName) throw new StorageError('invalid_location', `The name ${shown(name)} has ${bytes} bytes; the server keeps at most ${longestName}.`, { context: { path: this.path } });
  }
}

function isFolder(place: string, cause?: unknown): StorageError {
  return new StorageError('invalid_location', `${shown(place)} is a folder: expected a file.`, { cause, context: { path: place } });
}

function unlessMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
