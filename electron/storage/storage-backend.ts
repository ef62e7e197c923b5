import type { Readable } from 'node:stream';
import { type Checksum, type Checksums, type HashName, DEFAULT_HASH } from '../../shared/storage/checksum.ts';
import { type ErrorCode, type ErrorContext, StorageError } from '../../shared/storage/errors.ts';
import type { Evidence } from '../../shared/storage/evidence.ts';
import type { SizeLimit } from '../../shared/storage/location.ts';
import { MultiHash, hashStream } from '../integrity/hash.ts';
import { type StoredBytes, climbLadder } from '../integrity/ladder.ts';
import { SUSPENDED, type BackendContext, type ChecksumOptions, type InitializeResult, type KeptPart, type KnownFile, type LocalBytes, type OpenOptions, type OperationOptions, type PartsVerdict, type SaveOptions, type SaveResult, type SaveStreamOptions, type UpdateOptions } from './operation-options.ts';
import { requireByteCount, requireWithin, tightestLimit } from './limits.ts';
import { pump } from './pump.ts';
import { Turns } from './turns.ts';
import { wrapError } from './wrap-error.ts';
import type { Published, WriteHandle } from './write-handle.ts';

export type { BackendContext, ChecksumOptions, InitializeResult, KeptPart, KnownFile, LocalBytes, OpenOptions, OperationOptions, PartsVerdict, ResumeOptions, SaveOptions, SaveResult, SaveStreamOptions, UpdateOptions } from './operation-options.ts';

/**
 * One file of a location, as in the "new storage backend" design of Invenio: an author writes `open`, `delete`, `_initialize`,
 * `getSaveStream` and `getUpdateStream` and gets progress, limits, digests, evidence, cancellation and commit or abort from here.
 */
export abstract class StorageBackend<Context extends BackendContext = BackendContext> {
  /** Digest of `checksum()`; null when the class overrides `checksum()` and the storage decides the algorithm. */
  static checksumHashName: HashName | null = DEFAULT_HASH;

  /** As in the class, unless the author gives the instance one of its own. */
  readonly checksumHashName: HashName | null;
  readonly context: Context;
  readonly known: KnownFile;
  /** changes when the storage moves the file on initialize or commit */
  uri: string;

  constructor(context: Context, uri: string, known: KnownFile = {}) {
    this.checksumHashName = new.target.checksumHashName;
    this.context = context;
    this.uri = uri;
    this.known = known;
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

  /** Digests of the source that a save of so many bytes compares with what the storage answers, beside those of `serverDigest`. Default: none. */
  protected digestsToSend(_size: number | undefined): readonly HashName[] {
    return [];
  }

  /** A copy made inside the storage, unpublished; null when these two ends cannot. */
  protected getCopy(_source: StorageBackend, _options: SaveStreamOptions): Promise<Omit<WriteHandle, 'stream'> | null> {
    return Promise.resolve(null);
  }

  /**
   * The digest that the storage can be asked for after a save; null: none. Override where files from some size on have no digest of the
   * whole, so that it is not computed here for nothing. @param size in bytes; undefined when not known before
   */
  protected digestAsked(_size: number | undefined): HashName | null {
    const offered = this.context.capabilities.serverDigest;
    return offered.includes(DEFAULT_HASH) ? DEFAULT_HASH : (offered[0] ?? null);
  }

  /** Takes a copy away that was published and then found bad, or is not wanted any more. Override where more is known than its name, e.g. its version. */
  protected takeBack(_published: Published | undefined): Promise<void> {
    return this.delete();
  }

  /** What an earlier save kept under this token; null when it is gone or was never there. Override where a partial file can be read. */
  kept(_token: string, _options?: OperationOptions): Promise<KeptPart | null> {
    return Promise.resolve(null);
  }

  /** Removes what an earlier save kept under this token. Override together with `WriteHandle.keep`; must not fail when it is gone. */
  forget(_token: string, _options?: OperationOptions): Promise<void> {
    return Promise.resolve();
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

  /** Tells whether local bytes are the stored ones by what the storage knows of the file's parts; nothing is downloaded. Override where it knows that. */
  compareWith(_local: LocalBytes, _options: OperationOptions = {}): Promise<PartsVerdict> {
    return Promise.resolve({ verdict: 'cannot tell', why: 'This storage knows nothing of the parts of its files.' });
  }

  /** `checksum()` is answered by the storage, not by reading back. */
  get asksStorage(): boolean {
    return this.checksum !== StorageBackend.prototype.checksum;
  }

  async initialize(size = 0, options: OperationOptions = {}): Promise<InitializeResult> {
    requireByteCount(size, 'the size of a file');
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
      const hash = await MultiHash.create(this.algorithmsFor(options.size, [...this.digestsToSend(options.size), ...(options.algorithms ?? [])]));
      handle = await this.getSaveStream(saveStreamOptions(options));
      const size = await pump(source, handle.stream, { ...options, limit: this.limit(options.sizeLimit), hash });
      return await this.proveAndPublish(handle, { size, checksums: hash.digests() }, options);
    } catch (error) {
      source.destroy();
      throw await this.givenUp(handle, error, 'store', options);
    } finally {
      const resumed = handle?.resumed?.() ?? null;
      if (resumed !== null) options.resume?.wentOn?.(resumed);
    }
  }

  /** Writes into the file from `seek` on. The digest is of the part that was written, never of the file. */
  async update(source: Readable, options: UpdateOptions): Promise<{ readonly size: number; readonly partChecksum: Checksum }> {
    const { seek, signal } = options;
    let handle: WriteHandle | undefined;
    try {
      requireByteCount(seek, 'the first byte of an update');
      if (options.size !== undefined) this.requireRoom(seek + options.size, undefined);
      signal?.throwIfAborted();
      const algorithm = this.checksumHashName ?? DEFAULT_HASH;
      const hash = await MultiHash.create([algorithm]);
      handle = await this.getUpdateStream(seek, { size: options.size, signal });
      const size = await pump(source, handle.stream, { ...options, start: seek, limit: this.limit(undefined), hash });
      const checksums = hash.digests();
      await handle.commit({ size, checksums });
      const partChecksum = checksums[algorithm];
      if (partChecksum === undefined) throw new StorageError('unexpected', `No ${algorithm} digest was computed.`);
      return { size, partChecksum };
    } catch (error) {
      source.destroy();
      throw await this.givenUp(handle, error, 'update', { signal });
    }
  }

  /** Copies another file here: inside the storage where both ends can, else streamed through. */
  async copyFrom(source: StorageBackend, options: SaveOptions = {}): Promise<SaveResult> {
    const { signal } = options;
    const inside = await this.guard('copy', () => this.getCopy(source, saveStreamOptions({ ...options, resume: undefined })));
    if (inside === null) {
      const [size, stream] = await source.guard('open', async () => [options.size ?? (await source.size({ signal })) ?? undefined, await source.open({ signal })] as const);
      return this.save(stream, { ...options, size });
    }
    try {
      const stream = await source.guard('open', () => source.open({ signal }));
      const { size, checksums } = await hashStream(stream, this.algorithmsFor(undefined, options.algorithms), { signal });
      this.requireRoom(size, options.sizeLimit);
      return await this.proveAndPublish(inside, { size, checksums }, options);
    } catch (error) {
      throw await this.givenUp(inside, error, 'copy', { signal });
    }
  }

  private async proveAndPublish(handle: Unstreamed, written: Written, options: SaveOptions): Promise<SaveResult> {
    const { signal, onProgress } = options;
    const climb: Climb = (stored) =>
      climbLadder(stored, written, options.proof ?? this.context.proof, {
        signal,
        onRung: options.onRung,
        pace: options.readBackPace,
        onBytes: onProgress && ((bytes) => onProgress({ bytes, total: written.size })),
      });
    const resumed = handle.resumed?.() ?? null;
    const before = handle.stored && (await climb(handle.stored));
    await options.beforeCommit?.(written);
    signal?.throwIfAborted();
    const { published, evidence } = before === undefined ? await this.publishThenProve(handle, written, climb, signal) : { published: await handle.commit(written), evidence: before };
    this.uri = published?.uri ?? this.uri;
    const checksum = written.checksums[this.checksumHashName ?? DEFAULT_HASH];
    if (checksum === undefined) throw new StorageError('unexpected', 'The digest of the source is missing.');
    return { uri: this.uri, versionId: published?.versionId ?? null, ...written, checksum, evidence, ...(published?.modified !== undefined && { modified: published.modified }), resumed, readable: true, writable: false };
  }

  /** Two saves to one name would each find the bytes of the other and delete them as a bad copy, so each is published and proven before the next. */
  private async publishThenProve(handle: Unstreamed, written: Written, climb: Climb, signal: AbortSignal | undefined): Promise<{ readonly published: Published | undefined; readonly evidence: readonly Evidence[] }> {
    const end = await turnsOf(this.context).take(this.uri, signal);
    try {
      const published = await handle.commit(written);
      this.uri = published?.uri ?? this.uri;
      return { published, evidence: await this.provePublished(climb, published, written.size, signal) };
    } finally {
      end();
    }
  }

  /** The storage showed nothing before the commit: prove now, and take a bad or canceled copy away again. */
  private async provePublished(climb: Climb, published: Published | undefined, size: number, signal: AbortSignal | undefined): Promise<readonly Evidence[]> {
    const algorithm = this.digestAsked(size) ?? undefined;
    const told = published?.serverDigest;
    const hasDigest = this.asksStorage && (algorithm !== undefined || this.checksumHashName === null);
    try {
      return await climb({
        size: (stop) => (published?.size === undefined ? this.size({ signal: stop }) : Promise.resolve(published.size)),
        ...(published?.transit && { transit: published.transit }),
        ...(published?.parts && { parts: published.parts }),
        ...((hasDigest || told !== undefined) && { serverDigest: (stop?: AbortSignal) => (told === undefined ? this.checksum({ algorithm, signal: stop }) : Promise.resolve(told)) }),
        readBack: (stop) => this.open({ signal: stop }),
      });
    } catch (error) {
      const wrapped = this.wrap(error, 'prove', signal);
      const unwanted = wrapped.code === 'checksum_mismatch' || wrapped.code === 'size_mismatch' || wrapped.code === 'canceled';
      const removed = unwanted && (await this.takeBack(published).then(() => true, () => false));
      const message = unwanted && !removed ? `${wrapped.message} The copy could not be removed from ${this.uri}.` : wrapped.message;
      throw new PublishedError(wrapped.code, message, { retryable: wrapped.retryable, cause: wrapped, context: { ...wrapped.context, published: !removed } });
    }
  }

  private algorithmsFor(size: number | undefined, extra: readonly HashName[] = []): readonly HashName[] {
    const server = this.digestAsked(size);
    return [this.checksumHashName ?? DEFAULT_HASH, ...(server === null ? [] : [server]), ...extra];
  }

  /** The tightest of the location's limit, the storage's own and the caller's. */
  private limit(extra: SizeLimit | undefined): SizeLimit | null {
    const { maximumSize } = this.context.capabilities;
    return tightestLimit(this.context.sizeLimit, maximumSize === null ? null : { bytes: maximumSize, reason: 'the most that this storage takes' }, extra ?? null);
  }

  private requireRoom(size: number, extra: SizeLimit | undefined): void {
    requireByteCount(size, 'the size of a file');
    requireWithin(this.limit(extra), size);
  }

  private async guard<T>(doing: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw this.wrap(error, doing, undefined);
    }
  }

  private wrap(error: unknown, doing: string, signal: AbortSignal | undefined): StorageError {
    if (signal?.aborted && !(error instanceof PublishedError)) return new StorageError('canceled', 'Canceled.', { cause: error });
    const context: ErrorContext = { uri: this.uri };
    return wrapError(error, `${doing} ${this.uri}`, context);
  }

  /**
   * Takes back what was written, or keeps it for a later save when the failure may pass; unless the commit has had the last word. The
   * failure that led here matters more to the user than one of the clean-up, so it alone is thrown.
   */
  private async givenUp(handle: Unstreamed | undefined, error: unknown, doing: string, { resume, signal }: Pick<SaveOptions, 'resume' | 'signal'>): Promise<StorageError> {
    const wrapped = this.wrap(error, doing, signal);
    if (error instanceof PublishedError || handle === undefined) return wrapped;
    const goesOn = signal?.aborted === true ? signal.reason === SUSPENDED : KEPT_AFTER.has(wrapped.code) && wrapped.context['startOver'] !== true;
    const end = resume !== undefined && goesOn && handle.keep !== undefined ? handle.keep() : handle.abort();
    await end.catch(() => undefined);
    return wrapped;
  }
}

/** Failures after which a later save may go on with what is there: none of them says anything against the bytes. */
const KEPT_AFTER: ReadonlySet<ErrorCode> = new Set(['unavailable', 'rate_limited', 'out_of_space', 'authentication_failed']);

type Unstreamed = Omit<WriteHandle, 'stream'>;
type Climb = (stored: StoredBytes) => Promise<readonly Evidence[]>;

/** By location, since every file object of a location has its context. */
const TURNS = new WeakMap<BackendContext, Turns>();

function turnsOf(context: BackendContext): Turns {
  const turns = TURNS.get(context) ?? new Turns();
  TURNS.set(context, turns);
  return turns;
}

interface Written {
  readonly size: number;
  readonly checksums: Checksums;
}

/** The file was committed, then failed its proof: there is nothing left to abort. */
class PublishedError extends StorageError {}

function saveStreamOptions(options: SaveOptions): SaveStreamOptions {
  const { size, overwrite = true, modified, mode, resume, signal } = options;
  return { size, overwrite, modified, mode, resume, signal };
}
