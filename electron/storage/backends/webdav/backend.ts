import type { Readable } from 'node:stream';
import { type Checksum, DEFAULT_HASH, type HashName } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { openFile } from '../../http/open-file.ts';
import { isKeptName } from '../../partial-name.ts';
import { type ChecksumOptions, type OpenOptions, type OperationOptions, type SaveStreamOptions, StorageBackend } from '../../storage-backend.ts';
import type { WriteHandle } from '../../write-handle.ts';
import { toldDigests } from './bytes-digest.ts';
import { removeChunks } from './chunk-folder.ts';
import { parseChunkToken } from './chunk-token.ts';
import { ChunkUpload } from './chunk-upload.ts';
import { worthChunks } from './chunks.ts';
import { type SizedOptions, type WebdavContext, isLost, requireWritable } from './context.ts';
import type { Entry } from './entry.ts';
import { RangeUpdate } from './range-update.ts';
import { RangeUpload } from './range-upload.ts';
import { explainRefusedPut } from './refused-put.ts';
import { TempFile } from './temp-file.ts';
import { WholeUpload } from './whole-upload.ts';
import { rangeHeaders } from './write-headers.ts';

/** One file of a WebDAV server. A save goes under a temporary name, is proven there, and then takes its name in one step. */
export class WebdavBackend extends StorageBackend<WebdavContext> {
  override async open(range: OpenOptions = {}): Promise<Readable> {
    if ((range.start !== undefined || range.end !== undefined) && !this.context.capabilities.rangeRead) throw new StorageError('unsupported', `This server cannot give a part of a file: ${this.uri}.`);
    return openFile(this.context.dav.http, this.uri, range, () => this.#lookAtFile(range));
  }

  /** Looks first: to delete a folder would remove all that is in it. */
  override async delete(options: OperationOptions = {}): Promise<void> {
    requireWritable(this.context, this.uri);
    if (!this.context.capabilities.delete) throw new StorageError('unsupported', `This server cannot delete: ${this.uri}.`);
    await this.#lookAtFile(options);
    try {
      await this.context.dav.remove(this.uri, options);
    } catch (error) {
      if (!isLost(error) || (await this.context.dav.lookIfThere(this.uri, options)) !== null) throw error;
    }
  }

  override async size(options: OperationOptions = {}): Promise<number | null> {
    return (await this.#lookAtFile(options)).size;
  }

  override get asksStorage(): boolean {
    return this.context.capabilities.serverDigest.length > 0;
  }

  /** Asks the server where it computes that algorithm, and reads back where not. */
  override async checksum(options: ChecksumOptions = {}): Promise<Checksum | null> {
    const { algorithm = this.checksumHashName ?? DEFAULT_HASH, signal, onProgress } = options;
    if (!this.context.capabilities.serverDigest.includes(algorithm)) return super.checksum(options);
    const total = await this.size({ signal });
    onProgress?.({ bytes: 0, total });
    const told = await toldDigests(this.context.dav.http, this.uri, { signal, workload: total ?? undefined });
    onProgress?.({ bytes: total ?? 0, total });
    return told?.checksums[algorithm] ?? null;
  }

  /** Both kinds of token begin with a temporary name; only such a one is ever removed. */
  override async forget(token: string): Promise<void> {
    const chunks = parseChunkToken(token);
    const name = chunks?.name ?? token;
    if (!isKeptName(name)) return;
    const write = requireWritable(this.context, this.uri);
    if (chunks !== null && write.chunks !== null) await removeChunks(this.context, write.chunks, name);
    await new TempFile(this.context, this.uri, name).discard(false);
  }

  protected override digestsToSend(): readonly HashName[] {
    const sent = this.context.write?.sentDigest;
    return sent?.compared === true ? [sent.algorithm] : [];
  }

  /** A file of zeros that the server need not store: its last byte is written alone. */
  protected override async _initialize(size: number, { signal }: OperationOptions): Promise<undefined> {
    requireWritable(this.context, this.uri);
    if (!this.context.capabilities.initialize) throw new StorageError('unsupported', `This server cannot allocate space before the bytes come: ${this.uri}.`);
    const { dav } = this.context;
    const temp = TempFile.fresh(this.context, this.uri, false);
    try {
      await dav.put(temp.uri, { body: new Uint8Array(0), signal });
      if (size > 0) await dav.put(temp.uri, { body: new Uint8Array(1), signal, headers: rangeHeaders(size - 1, 1, size) });
      await temp.publish(this.uri, false, size);
    } catch (error) {
      await temp.discard(false).catch(() => undefined);
      throw await explainRefusedPut(this.context, temp.uri, size, error);
    }
  }

  protected override async getSaveStream(options: SaveStreamOptions): Promise<WriteHandle> {
    const write = requireWritable(this.context, this.uri);
    const { size, resume } = options;
    if (size !== undefined && write.chunks !== null && (resume !== undefined || worthChunks(size, write.chunks))) {
      const upload = await ChunkUpload.begin(this.context, write.chunks, this.uri, { ...options, size });
      if (upload !== null) return upload;
    }
    if (size !== undefined && write.partialPut && resume !== undefined) return RangeUpload.begin(this.context, this.uri, { ...options, size, resume });
    return new WholeUpload(this.context, this.uri, options);
  }

  protected override async getUpdateStream(seek: number, { signal }: OperationOptions): Promise<WriteHandle> {
    requireWritable(this.context, this.uri);
    if (!this.context.capabilities.update) throw new StorageError('unsupported', `This server cannot write into the middle of a file: ${this.uri}.`);
    await this.#lookAtFile({ signal });
    return new RangeUpdate(this.context.dav, this.uri, seek, { signal });
  }

  /** Within one location only: elsewhere the same server may know other people. */
  protected override async getCopy(source: StorageBackend, options: SaveStreamOptions): Promise<Omit<WriteHandle, 'stream'> | null> {
    if (!(source instanceof WebdavBackend) || source.context.dav !== this.context.dav || this.context.write?.copy !== true) return null;
    const size = (await source.#lookAtFile(options)).size;
    if (size === null) return null;
    const temp = TempFile.fresh(this.context, this.uri, false);
    try {
      await this.context.dav.copy(source.uri, temp.uri, { overwrite: true, signal: options.signal, workload: size });
    } catch (error) {
      await temp.discard(isLost(error)).catch(() => undefined);
      throw await explainRefusedPut(this.context, temp.uri, size, error);
    }
    return this.#copied(temp, { ...options, size });
  }

  #copied(temp: TempFile, { size, overwrite }: SizedOptions): Omit<WriteHandle, 'stream'> {
    return {
      stored: temp.storedBytes(size, null),
      commit: async () => {
        await temp.publish(this.uri, overwrite, size);
        return undefined;
      },
      abort: () => temp.discard(false),
    };
  }

  async #lookAtFile({ signal }: OperationOptions): Promise<Entry> {
    const entry = await this.context.dav.look(this.uri, { signal });
    if (entry.kind === 'file') return entry;
    throw new StorageError('invalid_location', `${this.uri} is a folder: expected a file.`, { context: { uri: this.uri } });
  }
}
