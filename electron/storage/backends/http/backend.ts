import type { Readable } from 'node:stream';
import { type Checksum, DEFAULT_HASH, type HashName } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type BackendContext, type ChecksumOptions, type OpenOptions, type OperationOptions, type SaveStreamOptions, StorageBackend } from '../../storage-backend.ts';
import type { WriteHandle } from '../../write-handle.ts';
import { discard, headerOf, type HttpClient } from '../../http/http-client.ts';
import { openFile } from '../../http/open-file.ts';
import { askDigest } from './digest.ts';
import { statFile } from './stat.ts';
import { RangeUpdate } from './update.ts';
import { type Confirm, Upload } from './upload.ts';
import { resolveSameOrigin } from '../../http/uri.ts';

export interface HttpContext extends BackendContext {
  readonly client: HttpClient;
  /** nothing is ever written, whatever the server would allow */
  readonly readOnly: boolean;
}

/**
 * One file of a plain HTTP server, in the protocol of the original design: `POST uri` with `X-Expected-Size` allocates and may answer
 * with another location, `PUT` saves, `GET` opens, `DELETE` deletes, `GET uri?checksum=sha256` asks for the digest of the stored bytes.
 * A PUT is visible before it is proven; a copy that turns out bad is deleted.
 */
export class HttpBackend extends StorageBackend<HttpContext> {
  static override checksumHashName: HashName | null = null;

  /** allocated by this object: the server may not show it before its bytes come */
  #allocated = false;
  /** as last told by the server, in bytes */
  #size: number | null = null;

  override async open(range: OpenOptions = {}): Promise<Readable> {
    if ((range.start !== undefined || range.end !== undefined) && !this.context.capabilities.rangeRead) throw new StorageError('unsupported', `This server cannot give a part of a file: ${this.uri}.`);
    return openFile(this.context.client, this.uri, range, () => statFile(this.context.client, this.uri, range));
  }

  override async delete({ signal }: OperationOptions = {}): Promise<void> {
    this.requireWritable();
    await discard(await this.context.client.request('DELETE', this.uri, { signal }));
  }

  override async size({ signal }: OperationOptions = {}): Promise<number | null> {
    this.#size = (await statFile(this.context.client, this.uri, { signal })).size;
    return this.#size;
  }

  /** Asks the server. @returns null for an algorithm that it did not compute when it was tried at connect */
  override async checksum({ algorithm = DEFAULT_HASH, signal, onProgress }: ChecksumOptions = {}): Promise<Checksum | null> {
    const { client, capabilities } = this.context;
    const total = this.#size ?? (await this.size({ signal }));
    if (!capabilities.serverDigest.includes(algorithm)) return null;
    onProgress?.({ bytes: 0, total });
    const checksum = await askDigest(client, this.uri, algorithm, { signal, workload: total ?? undefined });
    onProgress?.({ bytes: total ?? 0, total });
    return checksum;
  }

  protected override async _initialize(size: number, { signal }: OperationOptions): Promise<{ readonly uri?: string } | undefined> {
    this.requireWritable();
    if (!this.context.capabilities.initialize) throw new StorageError('unsupported', `This server cannot allocate space before the bytes come: ${this.uri}.`);
    const answer = await this.context.client.request('POST', this.uri, { signal, workload: size, headers: { 'x-expected-size': String(size) } });
    await discard(answer);
    this.#allocated = true;
    const moved = headerOf(answer, 'location');
    return moved === null ? undefined : { uri: resolveSameOrigin(moved, answer.uri) };
  }

  protected override async getSaveStream(options: SaveStreamOptions): Promise<WriteHandle> {
    this.requireWritable();
    const { client, capabilities } = this.context;
    if (!options.overwrite && !capabilities.noOverwrite) await this.requireAbsent(options.signal);
    return new Upload(client, this.uri, options, this.confirm);
  }

  protected override async getUpdateStream(seek: number, { signal }: OperationOptions): Promise<WriteHandle> {
    this.requireWritable();
    if (!this.context.capabilities.update) throw new StorageError('unsupported', `This server cannot write into the middle of a file: ${this.uri}.`);
    if (!this.#allocated) await statFile(this.context.client, this.uri, { signal });
    return new RangeUpdate(this.context.client, this.uri, seek, { signal });
  }

  private readonly confirm: Confirm = async ({ size, checksums }) => {
    const algorithm = this.context.capabilities.serverDigest.find((name) => checksums[name] !== undefined);
    if (algorithm === undefined) return false;
    return (await askDigest(this.context.client, this.uri, algorithm, { workload: size })) === checksums[algorithm];
  };

  /** The best that can be done where the server would replace the file: somebody else may come in between. */
  private async requireAbsent(signal: AbortSignal | undefined): Promise<void> {
    try {
      await statFile(this.context.client, this.uri, { signal });
    } catch (error) {
      if (error instanceof StorageError && error.code === 'not_found') return;
      throw error;
    }
    throw new StorageError('already_exists', `${this.uri} exists already.`, { context: { uri: this.uri } });
  }

  private requireWritable(): void {
    if (this.context.readOnly) throw new StorageError('permission_denied', `This location is set to read only: nothing is written to ${this.uri}.`, { context: { uri: this.uri, reason: 'location_read_only' } });
  }
}
