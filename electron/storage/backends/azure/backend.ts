import { Readable } from 'node:stream';
import type { BlobClient } from '@azure/storage-blob';
import type { HashName } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import { type KnownFile, type OpenOptions, type OperationOptions, type SaveStreamOptions, StorageBackend } from '../../storage-backend.ts';
import type { WriteHandle } from '../../write-handle.ts';
import { SINGLE_REQUEST } from './block-plan.ts';
import { stoppedBy } from './client.ts';
import type { AzureContext } from './context.ts';
import { copyBlob } from './copy.ts';
import { sizeOf } from './plain-requests.ts';
import { parseToken } from './resume-token.ts';
import { dropStaged } from './staged-blocks.ts';
import { BlobUpload } from './upload.ts';
import { blobVersion, versionQuery } from './versions.ts';

/**
 * One blob. A save is visible whole or not at all, but the service reads nothing before it is committed, so it is proven afterwards; a
 * blob that turns out bad is deleted, and only when it is still the one that was stored.
 */
export class AzureBackend extends StorageBackend<AzureContext> {
  readonly path: LocationPath;
  readonly #name: string;
  #upload: BlobUpload | null = null;

  constructor(context: AzureContext, path: LocationPath, known?: KnownFile) {
    super(context, context.client.uri(path), known);
    // Refuses the names that the service would change.
    this.#name = context.client.name(path);
    this.path = path;
  }

  override async open(range: OpenOptions = {}): Promise<Readable> {
    const { start = 0, end, signal } = range;
    if ((range.start !== undefined || range.end !== undefined) && !this.context.capabilities.rangeRead) throw new StorageError('unsupported', `This container gives no parts of blobs: ${this.uri}.`, { context: { uri: this.uri } });
    if (end !== undefined && end < start) {
      await this.size({ signal });
      return emptyStream();
    }
    try {
      const ranged = start > 0 || end !== undefined;
      const headers = ranged ? { 'x-ms-range': `bytes=${start}-${end ?? ''}` } : {};
      const answer = await this.#ask('read', () => this.context.client.plain.ask({ method: 'GET', name: this.#name, query: this.#version(), headers, signal }), signal);
      if (!ranged || answer.headers['content-range']?.startsWith(`bytes ${start}-`) === true) return this.#guarded(answer.body, signal);
      answer.body.destroy();
      throw new StorageError('unsupported', `The service sends another part of ${this.uri} than it was asked for (${answer.headers['content-range'] ?? 'all of it'}).`, { context: { uri: this.uri } });
    } catch (error) {
      if (error instanceof StorageError && error.context['status'] === 416) return emptyStream();
      throw error;
    }
  }

  override async delete({ signal }: OperationOptions = {}): Promise<void> {
    this.requireWritable();
    if (!this.context.capabilities.delete) throw new StorageError('unsupported', `Blobs cannot be deleted here: ${this.uri}.`, { context: { uri: this.uri } });
    const ifMatch = this.#upload?.etag ?? null;
    try {
      await this.#ask('delete', () => this.context.client.blob(this.path).delete({ ...stoppedBy(signal), ...(ifMatch !== null && { conditions: { ifMatch } }) }), signal);
    } catch (error) {
      if (ifMatch === null || !(error instanceof StorageError) || error.context['azureCode'] !== 'ConditionNotMet') throw error;
      await this.size({ signal });
      throw new StorageError('already_exists', `${this.uri} is not what was stored any more: somebody replaced it, so it is left alone.`, { context: error.context });
    }
  }

  override async size({ signal }: OperationOptions = {}): Promise<number | null> {
    const { headers } = await this.#ask('look up', () => this.context.client.plain.ask({ method: 'HEAD', name: this.#name, query: this.#version(), signal }), signal);
    return sizeOf(headers);
  }

  override async forget(token: string): Promise<void> {
    const upload = parseToken(token)?.upload;
    if (upload !== undefined) await dropStaged(this.context.client, this.path, upload, this.context.findings.versioning);
  }

  /** Put Blob answers with an MD5 that the service computed. */
  protected override digestsToSend(size: number | undefined): readonly HashName[] {
    return size === undefined || size <= SINGLE_REQUEST ? ['md5'] : [];
  }

  protected override _initialize(): Promise<{ readonly uri?: string } | undefined> {
    return Promise.reject(new StorageError('unsupported', `A blob cannot be allocated before its bytes come: ${this.uri}.`, { context: { uri: this.uri } }));
  }

  protected override async getSaveStream(options: SaveStreamOptions): Promise<WriteHandle> {
    this.requireWritable();
    if (!options.overwrite && !this.context.capabilities.noOverwrite) throw new StorageError('unsupported', `This container was not seen to keep a blob from being replaced: ${this.uri}.`, { context: { uri: this.uri } });
    this.#upload = await BlobUpload.create(this.context, this.path, options);
    return this.#upload;
  }

  protected override getCopy(source: StorageBackend, { overwrite, signal }: SaveStreamOptions): Promise<Omit<WriteHandle, 'stream'> | null> {
    if (!(source instanceof AzureBackend) || source.context.client.address.endpoint !== this.context.client.address.endpoint || this.context.readOnly || this.context.tier !== null || (!overwrite && !this.context.capabilities.noOverwrite)) return Promise.resolve(null);
    return Promise.resolve({
      commit: async () => {
        await copyBlob(this.context.client, source.#blob(), this.path, { overwrite, signal });
        return undefined;
      },
      abort: () => Promise.resolve(),
    });
  }

  #blob(): BlobClient {
    const blob = this.context.client.blob(this.path);
    return this.known.versionId === undefined ? blob : blobVersion(blob, this.known.versionId);
  }

  #version(): Readonly<Record<string, string>> {
    return this.known.versionId === undefined ? {} : versionQuery(this.known.versionId);
  }

  #ask<T>(verb: string, request: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.context.client.ask(`${verb} ${this.uri}`, this.uri, request, signal);
  }

  /** Not piped through another stream, which would cost more than all else of reading. */
  #guarded(body: Readable, signal: AbortSignal | undefined): Readable {
    const destroy = body.destroy.bind(body);
    body.destroy = (error) => destroy(error && this.#lost(error, signal));
    return body;
  }

  /** What a lost connection is reported as says neither that it was lost nor that a new try may help. */
  #lost(error: Error, signal: AbortSignal | undefined): StorageError {
    if (error instanceof StorageError) return error;
    if (signal?.aborted === true) return new StorageError('canceled', 'Canceled.', { cause: error });
    return new StorageError('unavailable', `The connection was lost while ${this.uri} was read.`, { cause: error, context: { uri: this.uri } });
  }

  private requireWritable(): void {
    if (this.context.readOnly) throw new StorageError('permission_denied', `This location is set to read only: nothing is written to ${this.uri}.`, { context: { uri: this.uri, reason: 'location_read_only' } });
  }
}

function emptyStream(): Readable {
  return Readable.from([], { objectMode: false });
}
