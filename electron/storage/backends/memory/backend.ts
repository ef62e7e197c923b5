import { Readable, Writable } from 'node:stream';
import { type Checksum, DEFAULT_HASH, type HashName } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import { hashStream } from '../../../integrity/hash.ts';
import type { StoredBytes } from '../../../integrity/ladder.ts';
import { type BackendContext, type ChecksumOptions, type KeptPart, type KnownFile, type OpenOptions, type SaveStreamOptions, StorageBackend } from '../../storage-backend.ts';
import { PrefixGate } from '../../prefix-gate.ts';
import type { WriteHandle } from '../../write-handle.ts';
import type { MemoryStorage } from './memory-storage.ts';

/** When the storage gives the file another URI than the one that was asked for. */
export type Moves = 'never' | 'initialize' | 'commit';

export interface MemoryContext extends BackendContext {
  readonly storage: MemoryStorage;
  readonly moves: Moves;
  /** the digest that the storage computes unasked; null when it must be asked for one */
  readonly decides: HashName | null;
}

const PIECE = 64 * 1024;

export class MemoryBackend extends StorageBackend<MemoryContext> {
  readonly path: LocationPath;
  /** an upload-only storage knows a file by its path only through the object that saved it */
  #saved = false;

  constructor(context: MemoryContext, path: LocationPath, known?: KnownFile) {
    super(context, context.storage.uriOf(path), known);
    this.path = path;
  }

  override open(options: OpenOptions = {}): Promise<Readable> {
    return settle(() => {
      const { start = 0, end = Infinity, signal } = options;
      this.#requireFound('open', this.context.moves === 'commit');
      if (options.start !== undefined || options.end !== undefined) this.require('rangeRead', 'give a part of a file');
      signal?.throwIfAborted();
      return readableOf(this.context.storage.object(this.uri).bytes.subarray(start, end + 1), signal);
    });
  }

  override delete(): Promise<void> {
    return settle(() => {
      this.require('delete', 'delete files');
      this.#requireFound('delete', true);
      this.context.storage.remove(this.uri);
    });
  }

  override kept(token: string): Promise<KeptPart | null> {
    return settle(() => {
      const bytes = this.context.storage.objects.get(token)?.bytes;
      return bytes === undefined ? null : { size: bytes.length, open: () => settle(() => readableOf(bytes)) };
    });
  }

  override forget(token: string): Promise<void> {
    return settle(() => void this.context.storage.objects.delete(token));
  }

  override size(): Promise<number | null> {
    return settle(() => {
      this.#requireFound('look up', true);
      return this.context.storage.object(this.uri).bytes.length;
    });
  }

  protected override _initialize(size: number): Promise<{ readonly uri?: string } | undefined> {
    return settle(() => {
      this.require('initialize', 'allocate files');
      const { storage, moves } = this.context;
      const uri = moves === 'initialize' ? `memory:///allocated/${storage.nextNumber()}` : this.uri;
      storage.publish(this.path, uri, Buffer.alloc(size), new Date(), false);
      return { uri };
    });
  }

  protected override getSaveStream(options: SaveStreamOptions): Promise<WriteHandle> {
    return settle(() => {
      const { storage, moves, capabilities } = this.context;
      const { overwrite } = options;
      if (!overwrite) this.require('noOverwrite', 'keep an existing file from being replaced');
      if (!overwrite && storage.names.has(this.path)) throw new StorageError('already_exists', `There is a file ${this.uri} already.`);
      storage.requireFolderFor(this.path);
      const modified = (capabilities.preserveModified ? options.modified : undefined) ?? new Date();
      const resume = capabilities.resume ? options.resume : undefined;
      const kept = storage.objects.get(resume?.token ?? '')?.bytes ?? Buffer.alloc(0);
      const partial = kept.length > 0 && resume?.token ? resume.token : `memory:///partial/${storage.nextNumber()}`;
      const pieces: Buffer[] = [kept];
      storage.objects.set(partial, { bytes: kept, path: null, modified });
      resume?.keep(partial);
      const keepPieces = (bytes: Buffer) => storage.objects.set(partial, { bytes, path: null, modified, ...(resume !== undefined && { keptFor: this.path }) });
      const gate = new PrefixGate({
        offset: kept.length,
        algorithm: DEFAULT_HASH,
        proof: 'read back',
        digest: async () => (await hashStream(readableOf(kept), [DEFAULT_HASH])).checksums[DEFAULT_HASH] ?? null,
        sink: sink(storage, pieces, keepPieces),
      });
      const stored = () => storage.object(partial).bytes;
      return {
        stream: gate,
        resumed: () => gate.resumption,
        ...(resume !== undefined && { keep: () => settle(() => void keepPieces(Buffer.concat(pieces))) }),
        ...(capabilities.atomicPublish && { stored: this.storedBytes(stored) }),
        commit: () =>
          settle(() => {
            const uri = moves === 'commit' ? `memory:///committed/${storage.nextNumber()}` : this.uri;
            storage.publish(this.path, uri, stored(), modified, overwrite);
            storage.objects.delete(partial);
            this.#saved = true;
            return { uri };
          }),
        abort: () => settle(() => void storage.objects.delete(partial)),
      };
    });
  }

  protected override getUpdateStream(seek: number): Promise<WriteHandle> {
    return settle(() => {
      this.require('update', 'write into the middle of a file');
      const { storage } = this.context;
      const { bytes: old } = storage.object(this.uri);
      const pieces: Buffer[] = [];
      let part: Buffer = Buffer.alloc(0);
      return {
        stream: sink(storage, pieces, (bytes) => {
          part = bytes;
        }),
        commit: () =>
          settle(() => {
            const bytes = Buffer.alloc(Math.max(old.length, seek + part.length));
            old.copy(bytes);
            part.copy(bytes, seek);
            storage.publish(this.path, this.uri, bytes, new Date(), true);
            return undefined;
          }),
        abort: () => Promise.resolve(),
      };
    });
  }

  protected storedBytes(bytes: () => Buffer): StoredBytes {
    return { size: () => settle(() => bytes().length), readBack: (signal) => settle(() => readableOf(bytes(), signal)) };
  }

  #requireFound(what: string, bySaver: boolean): void {
    if (this.context.capabilities.read || (this.#saved && bySaver)) return;
    throw new StorageError('unsupported', `This storage only takes files; it cannot ${what} ${this.uri}.`, { context: { uri: this.uri } });
  }

  protected require(capability: 'rangeRead' | 'delete' | 'initialize' | 'update' | 'noOverwrite', what: string): void {
    if (!this.context.capabilities[capability]) throw new StorageError('unsupported', `This storage cannot ${what}: ${this.uri}.`, { context: { uri: this.uri } });
  }
}

/** The same where the storage itself computes digests, as a server does. */
export class MemoryServerBackend extends MemoryBackend {
  override async checksum(options: ChecksumOptions = {}): Promise<Checksum | null> {
    const algorithm = options.algorithm ?? this.checksumHashName ?? undefined;
    const computed = await settle(() => this.digest(algorithm, this.context.storage.object(this.uri).bytes));
    return computed ?? super.checksum(options);
  }

  protected override storedBytes(bytes: () => Buffer): StoredBytes {
    return { size: () => settle(() => bytes().length), readBack: (signal) => settle(() => readableOf(bytes(), signal)), serverDigest: () => this.digest(undefined, bytes()) };
  }

  protected async digest(asked: HashName | undefined, bytes: Buffer): Promise<Checksum | null> {
    const { decides, capabilities } = this.context;
    const algorithm = asked ?? decides ?? capabilities.serverDigest[0];
    if (algorithm === undefined || (algorithm !== decides && !capabilities.serverDigest.includes(algorithm))) return null;
    const { checksums } = await hashStream(readableOf(bytes), [algorithm]);
    return checksums[algorithm] ?? null;
  }
}

/** The same where the storage alone decides which digest it computes. */
export class MemoryOwnDigestBackend extends MemoryServerBackend {
  static override checksumHashName: HashName | null = null;
}

/** A synchronous step of the storage with the manners of a real one: it fails by rejecting. */
async function settle<T>(step: () => T | Promise<T>): Promise<T> {
  return await step();
}

function readableOf(bytes: Buffer, signal?: AbortSignal): Readable {
  return Readable.from(
    (function* pieces() {
      for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
    })(),
    { objectMode: false, ...(signal && { signal }) },
  );
}

function sink(storage: MemoryStorage, pieces: Buffer[], finished: (bytes: Buffer) => void): Writable {
  return new Writable({
    highWaterMark: PIECE,
    write(piece: Buffer, _encoding, done) {
      void storage.open.then(() => {
        pieces.push(Buffer.from(piece));
        done();
      });
    },
    final(done) {
      finished(Buffer.concat(pieces));
      done();
    },
  });
}
