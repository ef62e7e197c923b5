import type { Readable } from 'node:stream';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import { headerOf } from '../../http/http-client.ts';
import { type KnownFile, type OpenOptions, type OperationOptions, type SaveStreamOptions, StorageBackend } from '../../storage-backend.ts';
import type { WriteHandle } from '../../write-handle.ts';
import type { TusContext } from './context.ts';
import { UPLOAD_ONLY } from './report.ts';
import { parseToken } from './resume-token.ts';
import { TusUpload, terminate } from './upload.ts';

/** One file on its way to a tus server. Only the object that saved it knows where the server put it. */
export class TusBackend extends StorageBackend<TusContext> {
  readonly path: LocationPath;
  #url: string | null = null;

  constructor(context: TusContext, path: LocationPath, known?: KnownFile) {
    super(context, `${context.client.endpoint}#${path.split('/').map(encodeURIComponent).join('/')}`, known);
    this.path = path;
  }

  /** No part of the protocol, but some servers give an upload by GET. */
  override async open({ start, end, signal }: OpenOptions = {}): Promise<Readable> {
    const url = this.#requireUrl('opened');
    if (start !== undefined || end !== undefined) throw new StorageError('unsupported', `A tus server gives no parts of files: ${url}.`, { context: { uri: url } });
    const { client } = this.context;
    const answer = await client.read(url, {}, signal);
    if (answer.status === 200 && (headerOf(answer, 'content-encoding') ?? 'identity') === 'identity') return answer.body;
    const { status } = answer;
    const refused = await client.refusalOf('GET', answer);
    // 500: @tus/server cannot give an upload whose name does not fit its header `Content-Disposition`.
    if ((status === 404 || status === 500) && (await this.#isThere(url, signal))) throw noReading(url, status);
    if (status === 200 || [204, 400, 403, 405, 406, 412, 501].includes(status)) throw noReading(url, status);
    throw refused;
  }

  override async delete({ signal }: OperationOptions = {}): Promise<void> {
    const url = this.#requireUrl('deleted');
    if (!this.context.findings.terminates) throw new StorageError('unsupported', `This server cannot remove uploads: ${url}.`, { context: { uri: url } });
    await this.context.client.terminate(url, signal);
  }

  override async size({ signal }: OperationOptions = {}): Promise<number | null> {
    const url = this.#requireUrl('looked up');
    const { offset, length } = await this.context.client.state(url, signal);
    if (length === offset || (length !== null && offset < length)) return offset;
    throw new StorageError('size_mismatch', `The server has ${offset} bytes of ${url}, but waits for ${length ?? 'an unknown number'}.`, { context: { uri: url, expected: offset, found: length } });
  }

  override async forget(token: string): Promise<void> {
    const url = parseToken(token, this.context.client.endpoint)?.url;
    if (url !== undefined) await terminate(this.context, url);
  }

  protected override _initialize(): Promise<{ readonly uri?: string } | undefined> {
    return Promise.reject(new StorageError('unsupported', `A tus server cannot make room for ${this.uri} before its bytes come.`, { context: { uri: this.uri } }));
  }

  protected override async getSaveStream(options: SaveStreamOptions): Promise<WriteHandle> {
    if (!options.overwrite) throw new StorageError('unsupported', `A tus server cannot be asked whether there is a ${JSON.stringify(this.path)} already. It replaces nothing: each upload is a file of its own.`, { context: { uri: this.uri } });
    return TusUpload.create(this.context, this.path, options, (url) => {
      this.#url = url;
    });
  }

  #requireUrl(done: string): string {
    if (this.#url === null) throw new StorageError('unsupported', `${UPLOAD_ONLY}; so ${JSON.stringify(this.path)} cannot be ${done}.`, { context: { uri: this.uri } });
    return this.#url;
  }

  async #isThere(url: string, signal: AbortSignal | undefined): Promise<boolean> {
    return this.context.client.state(url, signal).then(() => true, () => false);
  }
}

function noReading(url: string, status: number): StorageError {
  return new StorageError('unsupported', `This server does not give its uploads again: it answered ${status} to GET ${url}.`, { context: { uri: url, status } });
}
