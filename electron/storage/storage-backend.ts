import type { Readable } from 'node:stream';
import type { Capabilities } from '../../shared/storage/capabilities.ts';
import { type Checksum, type Checksums, type HashName, DEFAULT_HASH } from '../../shared/storage/checksum.ts';
import { type ErrorContext, StorageError } from '../../shared/storage/errors.ts';
import type { Evidence, ProofPolicy } from '../../shared/storage/evidence.ts';
import type { SizeLimit } from '../../shared/storage/location.ts';
import type { Progress } from '../../shared/transfers/transfer.ts';
import { MultiHash, hashStream } from '../integrity/hash.ts';
import { type Rung, type StoredBytes, climbLadder } from '../integrity/ladder.ts';
import { pump, sizeLimitExceeded } from './pump.ts';
import { wrapError } from './wrap-error.ts';
import type { WriteHandle } from './write-handle.ts';

/** What every backend gets from its location; a backend extends it with its connection. */
export interface BackendContext {
  readonly capabilities: Capabilities;
  readonly proof: ProofPolicy;
  readonly sizeLimit: SizeLimit | null;
}

export interface KnownFile {
  readonly size?: number;
  readonly modified?: Date;
}

export interface OpenOptions {
  /** first byte, from 0 */
  readonly start?: number | undefined;
  /** last byte, inclusive as in HTTP and Node; beyond the end means to the end */
  readonly end?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface OperationOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What a backend needs to know to make room for a file. */
export interface SaveStreamOptions {
  /** bytes to come; absent when not known */
  readonly size?: number | undefined;
  /** false: refuse with already_exists when the name is taken, also when it is taken in between */
  readonly overwrite: boolean;
  readonly modified?: Date | undefined;
  /** permission bits, where the storage keeps them */
  readonly mode?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SaveOptions {
  readonly size?: number | undefined;
  /** on top of the location's own limit */
  readonly sizeLimit?: SizeLimit | undefined;
  readonly chunkSize?: number | undefined;
  /** default true: the old file stays until the new one is proven */
  readonly overwrite?: boolean | undefined;
  readonly modified?: Date | undefined;
  readonly mode?: number | undefined;
  /** digests wanted beside those that the storage can be asked for */
  readonly algorithms?: readonly HashName[] | undefined;
  /** default: the location's */
  readonly proof?: ProofPolicy | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** begins a rung of the ladder; `onProgress` then counts from 0 again */
  readonly onRung?: ((rung: Rung) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** asked once all bytes were read and before anything is published; throws when the source is no longer what it was, or when its own digest is another one */
  readonly beforeCommit?: ((written: { readonly size: number; readonly checksums: Checksums }) => Promise<void>) | undefined;
}

export interface SaveResult {
  readonly uri: string;
  readonly versionId: string | null;
  readonly size: number;
  readonly checksum: Checksum;
  readonly checksums: Checksums;
  readonly evidence: readonly Evidence[];
  readonly readable: true;
  readonly writable: false;
}

export interface InitializeResult {
  readonly uri: string;
  readonly size: number;
  readonly readable: false;
  readonly writable: true;
}

export interface ChecksumOptions extends OperationOptions {
  /** default: `checksumHashName` */
  readonly algorithm?: HashName | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface UpdateOptions extends OperationOptions {
  /** first byte to write, from 0; may lie past the end */
  readonly seek: number;
  readonly size?: number | undefined;
  readonly chunkSize?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * One file of a location, as in the "new storage backend" design of Invenio: an author writes `open`, `delete`, `_initialize`,
 * `getSaveStream` and `getUpdateStream` and gets progress, limits, digests, evidence, cancellation and commit or abort from here.
 */
export abstract class StorageBackend<Context extends BackendContext = BackendContext> {
  /** Digest of `checksum()`; null when the class overrides `checksum()` and the storage decides the algorithm. */
  static checksumHashName: HashName | null = DEFAULT_HASH;

  readonly context: Context;
  readonly known: KnownFile;
  /** changes when the storage moves the file on initialize or commit */
  uri: string;

  constructor(context: Context, uri: string, known: KnownFile = {}) {
    this.context = context;
    this.uri = uri;
    this.known = known;
  }

  get checksumHashName(): HashName | null {
    return (this.constructor as typeof StorageBackend).checksumHashName;
  }

  /** Rejects before it resolves when the file is missing. A range that starts at or past the end gives an empty stream. @throws not_found */
  abstract open(options?: OpenOptions): Promise<Readable>;
  /** @throws not_found when there is none */
  abstract delete(options?: OperationOptions): Promise<void>;
  /** Allocates `size` bytes; may answer with another URI, which is then the file's. */
  protected abstract _initialize(size: number, options: OperationOptions): Promise<{ readonly uri?: string } | undefined>;
  protected abstract getSaveStream(options: SaveStreamOptions): Promise<WriteHandle>;

  /** Writes into the existing file from byte `seek` on. Default: not possible. */
  protected getUpdateStream(_seek: number, _options: { readonly size?: number | undefined; readonly signal?: AbortSignal | undefined }): Promise<WriteHandle> {
    return Promise.reject(new StorageError('unsupported', `This storage cannot write into the middle of a file: ${this.uri}.`));
  }

  /** A copy made inside the storage, unpublished; null when these two ends cannot. */
  protected getCopy(_source: StorageBackend, _options: SaveStreamOptions): Promise<Omit<WriteHandle, 'stream'> | null> {
    return Promise.resolve(null);
  }

  /** Size of the stored file in bytes. Override to ask the storage. @returns null when it does not say @throws not_found */
  size(_options?: OperationOptions): Promise<number | null> {
    return Promise.resolve(null);
  }

  /** Reads the file back and hashes it. Override to ask the storage itself. @returns null when the storage cannot answer */
  async checksum(options: ChecksumOptions = {}): Promise<Checksum | null> {
    const algorithm = options.algorithm ?? this.checksumHashName;
    if (algorithm === null) throw new StorageError('unsupported', `Name an algorithm to hash ${this.uri}: this backend has none of its own.`);
    const { onProgress, signal } = options;
    return this.guard('read back', async () => {
      const total = await this.size({ signal });
      const { checksums } = await hashStream(await this.open({ signal }), [algorithm], { signal, onBytes: onProgress && ((bytes) => onProgress({ bytes, total })) });
      return checksums[algorithm] ?? null;
    });
  }

  /** `checksum()` is answered by the storage, not by reading back. */
  get asksStorage(): boolean {
    return this.checksum !== StorageBackend.prototype.checksum;
  }

  async initialize(size = 0, options: OperationOptions = {}): Promise<InitializeResult> {
    if (!Number.isSafeInteger(size) || size < 0) throw new StorageError('invalid_config', `A file cannot have ${size} bytes: expected a whole number from 0.`);
    this.requireRoom(size, undefined);
    return this.guard('allocate', async () => {
      const moved = await this._initialize(size, options);
      this.uri = moved?.uri ?? this.uri;
      return { uri: this.uri, size, readable: false, writable: true };
    });
  }

  /** Stores the whole source and proves it; see {@link SaveOptions}. Until it resolves, an old file of that name is untouched where the storage can. */
  async save(source: Readable, options: SaveOptions = {}): Promise<SaveResult> {
    const { signal } = options;
    let handle: WriteHandle | undefined;
    try {
      if (options.size !== undefined) this.requireRoom(options.size, options.sizeLimit);
      signal?.throwIfAborted();
      const hash = await MultiHash.create(this.algorithmsFor(options.algorithms));
      handle = await this.getSaveStream(saveStreamOptions(options));
      const size = await pump(source, handle.stream, { ...options, limit: this.limit(options.sizeLimit), hash });
      return await this.proveAndCommit(handle, { size, checksums: hash.digests() }, options);
    } catch (error) {
      source.destroy();
      await abortQuietly(handle);
      throw this.wrap(error, 'store', signal);
    }
  }

  /** Writes into the file from `seek` on. The digest is of the part that was written, never of the file. */
  async update(source: Readable, options: UpdateOptions): Promise<{ readonly size: number; readonly partChecksum: Checksum }> {
    const { seek, signal } = options;
    let handle: WriteHandle | undefined;
    try {
      if (!Number.isSafeInteger(seek) || seek < 0) throw new StorageError('invalid_config', `Cannot write at byte ${seek}: expected a whole number from 0.`);
      if (options.size !== undefined) this.requireRoom(seek + options.size, undefined);
      const limit = this.limit(undefined);
      const algorithm = this.checksumHashName ?? DEFAULT_HASH;
      const hash = await MultiHash.create([algorithm]);
      handle = await this.getUpdateStream(seek, { size: options.size, signal });
      const size = await pump(source, handle.stream, { ...options, limit: limit && { ...limit, bytes: Math.max(0, limit.bytes - seek) }, hash });
      const checksums = hash.digests();
      await handle.commit({ size, checksums });
      const partChecksum = checksums[algorithm];
      if (partChecksum === undefined) throw new StorageError('unexpected', `No ${algorithm} digest was computed.`);
      return { size, partChecksum };
    } catch (error) {
      source.destroy();
      await abortQuietly(handle);
      throw this.wrap(error, 'update', signal);
    }
  }

  /** Copies another file here: inside the storage where both ends can, else streamed through. */
  async copyFrom(source: StorageBackend, options: SaveOptions = {}): Promise<SaveResult> {
    const inside = await this.guard('copy', () => this.getCopy(source, saveStreamOptions(options)));
    if (inside === null) {
      const size = options.size ?? (await source.size({ signal: options.signal })) ?? undefined;
      return this.save(await source.open({ signal: options.signal }), { ...options, size });
    }
    try {
      const { size, checksums } = await hashStream(await source.open({ signal: options.signal }), this.algorithmsFor(options.algorithms), { signal: options.signal });
      this.requireRoom(size, options.sizeLimit);
      return await this.proveAndCommit(inside, { size, checksums }, options);
    } catch (error) {
      await abortQuietly(inside);
      throw this.wrap(error, 'copy', options.signal);
    }
  }

  private async proveAndCommit(handle: Omit<WriteHandle, 'stream'>, written: { readonly size: number; readonly checksums: Checksums }, options: SaveOptions): Promise<SaveResult> {
    const { signal, onProgress } = options;
    const climb = (stored: StoredBytes) =>
      climbLadder(stored, written, options.proof ?? this.context.proof, {
        signal,
        onRung: options.onRung,
        onBytes: onProgress && ((bytes) => onProgress({ bytes, total: written.size })),
      });
    let evidence = handle.stored && (await climb(handle.stored));
    await options.beforeCommit?.(written);
    signal?.throwIfAborted();
    const published = await handle.commit(written);
    this.uri = published?.uri ?? this.uri;
    evidence ??= await this.provePublished(climb);
    const checksum = written.checksums[this.checksumHashName ?? DEFAULT_HASH];
    if (checksum === undefined) throw new StorageError('unexpected', 'The digest of the source is missing.');
    return { uri: this.uri, versionId: published?.versionId ?? null, ...written, checksum, evidence, readable: true, writable: false };
  }

  /** The storage showed nothing before the commit: prove now, and take a bad copy away again. */
  private async provePublished(climb: (stored: StoredBytes) => Promise<readonly Evidence[]>): Promise<readonly Evidence[]> {
    try {
      return await climb({
        size: (signal) => this.size({ signal }),
        ...(this.asksStorage && { serverDigest: (signal?: AbortSignal) => this.checksum({ algorithm: this.bestServerDigest(), signal }) }),
        readBack: (signal) => this.open({ signal }),
      });
    } catch (error) {
      const wrapped = this.wrap(error, 'prove', undefined);
      const bad = wrapped.code === 'checksum_mismatch' || wrapped.code === 'size_mismatch';
      const removed = bad && (await this.delete().then(() => true, () => false));
      throw new StorageError(wrapped.code, bad && !removed ? `${wrapped.message} The bad copy could not be removed from ${this.uri}.` : wrapped.message, {
        retryable: wrapped.retryable,
        cause: wrapped,
        context: { ...wrapped.context, published: !removed },
      });
    }
  }

  private bestServerDigest(): HashName | undefined {
    const offered = this.context.capabilities.serverDigest;
    return offered.includes(DEFAULT_HASH) ? DEFAULT_HASH : offered[0];
  }

  private algorithmsFor(extra: readonly HashName[] = []): readonly HashName[] {
    const server = this.bestServerDigest();
    return [this.checksumHashName ?? DEFAULT_HASH, ...(server === undefined ? [] : [server]), ...extra];
  }

  /** The tightest of the location's limit, the storage's own and the caller's. */
  private limit(extra: SizeLimit | undefined): SizeLimit | null {
    const { maximumSize } = this.context.capabilities;
    const limits = [this.context.sizeLimit, maximumSize === null ? null : { bytes: maximumSize, reason: 'the most that this storage takes' }, extra ?? null];
    return limits.reduce((tightest, limit) => (limit !== null && (tightest === null || limit.bytes < tightest.bytes) ? limit : tightest), null);
  }

  private requireRoom(size: number, extra: SizeLimit | undefined): void {
    const limit = this.limit(extra);
    if (limit !== null && size > limit.bytes) throw sizeLimitExceeded(size, limit);
  }

  private async guard<T>(doing: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw this.wrap(error, doing, undefined);
    }
  }

  private wrap(error: unknown, doing: string, signal: AbortSignal | undefined): StorageError {
    if (signal?.aborted) return new StorageError('canceled', 'Canceled.', { cause: error });
    const context: ErrorContext = { uri: this.uri };
    return wrapError(error, `${doing} ${this.uri}`, context);
  }
}

function saveStreamOptions(options: SaveOptions): SaveStreamOptions {
  const { size, overwrite = true, modified, mode, signal } = options;
  return { size, overwrite, modified, mode, signal };
}

/** The failure that led here matters more to the user than one of the clean-up, so it alone is thrown. */
async function abortQuietly(handle: Omit<WriteHandle, 'stream'> | undefined): Promise<void> {
  await handle?.abort().catch(() => undefined);
}
