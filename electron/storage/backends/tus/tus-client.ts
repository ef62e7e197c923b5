import { type HashName, checksumHex } from '../../../../shared/storage/checksum.ts';
import type { Checksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { baseName, type LocationPath } from '../../../../shared/storage/path.ts';
import { type Answer, type HttpClient, discard, headerOf, isSuccess } from '../../http/http-client.ts';
import { resolveSameOrigin } from '../../http/uri.ts';

const VERSION = { 'tus-resumable': '1.0.0' } as const;
/** Bodies go out in such pieces, so that a slow line has the time limit for each of them. */
const PIECE = 256 * 1024;
/** What a system takes of a body before the line has carried it, in bytes, and how much of it the slowest line carries within the time limit. */
const SYSTEM_BUFFER = 4 * 1024 * 1024;
const SLOWEST_LINE = 1024 * 1024;

/** Digest of one request's body, as `Upload-Checksum` names it. */
export interface BodyChecksum {
  /** as the server spells it */
  readonly name: string;
  readonly checksum: Checksum;
}

/** What the server says of an upload. */
export interface UploadState {
  /** bytes that it has */
  readonly offset: number;
  /** bytes that it is to have; null while that is not told */
  readonly length: number | null;
}

export interface Created {
  readonly url: string;
  /** bytes that it took with the request; null when it does not say */
  readonly offset: number | null;
  readonly expires: Date | null;
}

/** What a server says of itself (`OPTIONS`). */
export interface TusServer {
  readonly extensions: ReadonlySet<string>;
  readonly algorithms: readonly string[];
  readonly maximumSize: number | null;
}

/** The few requests of tus 1.0.0 (https://tus.io/protocols/resumable-upload). */
export class TusClient {
  readonly endpoint: string;
  readonly #http: HttpClient;

  constructor(http: HttpClient, endpoint: string) {
    this.#http = http;
    this.endpoint = endpoint;
  }

  /** @throws StorageError invalid_config when this is no tus server */
  async options(signal?: AbortSignal): Promise<TusServer> {
    const answer = await this.#http.send('OPTIONS', this.endpoint, { signal });
    const versions = list(headerOf(answer, 'tus-version'));
    if (!isSuccess(answer)) throw await this.#http.refusalOf('OPTIONS', answer);
    await discard(answer);
    if (!versions.includes('1.0.0')) throw new StorageError('invalid_config', `${this.endpoint} is no tus server of version 1.0.0: it ${versions.length === 0 ? 'names no version' : `speaks ${versions.join(', ')}`}. Expected the address that uploads are sent to.`, { context: { field: 'uri' } });
    return { extensions: new Set(list(headerOf(answer, 'tus-extension'))), algorithms: list(headerOf(answer, 'tus-checksum-algorithm')), maximumSize: byteCount(headerOf(answer, 'tus-max-size')) };
  }

  /** @param length null: told later @param body sent along, where the server can (`creation-with-upload`) */
  async create(path: LocationPath, length: number | null, { body, signal }: { readonly body?: Uint8Array | undefined; readonly signal?: AbortSignal | undefined } = {}): Promise<Created> {
    const answer = await this.#request('POST', this.endpoint, {
      signal,
      ...(body !== undefined && this.#bodyOf(body)),
      headers: {
        ...(length === null ? { 'upload-defer-length': '1' } : { 'upload-length': String(length) }),
        'upload-metadata': metadataOf(path),
        ...(body === undefined ? { 'content-length': '0' } : { 'content-type': 'application/offset+octet-stream', 'content-length': String(body.length) }),
      },
    });
    await discard(answer);
    const location = headerOf(answer, 'location');
    if (location === null) throw new StorageError('unexpected', `The server created an upload at ${this.endpoint}, but did not say where.`, { context: { uri: this.endpoint } });
    return { url: resolveSameOrigin(location, answer.uri), offset: byteCount(headerOf(answer, 'upload-offset')), expires: dateOf(headerOf(answer, 'upload-expires')) };
  }

  /** @throws not_found when it is gone (404, 410) or forbidden to see (403) */
  async state(url: string, signal?: AbortSignal): Promise<UploadState> {
    const answer = await this.#request('HEAD', url, { signal });
    await discard(answer);
    const offset = byteCount(headerOf(answer, 'upload-offset'));
    if (offset === null) throw new StorageError('unexpected', `The server does not say how much of ${url} it has.`, { context: { uri: url } });
    return { offset, length: byteCount(headerOf(answer, 'upload-length')) };
  }

  /** @param length told now, when it was not before @returns bytes that it has then; null when it does not say */
  async append(url: string, offset: number, body: Uint8Array, { length, checksum, signal }: { readonly length?: number | undefined; readonly checksum?: BodyChecksum | undefined; readonly signal?: AbortSignal | undefined } = {}): Promise<number | null> {
    const answer = await this.#request('PATCH', url, {
      signal,
      ...this.#bodyOf(body),
      headers: {
        'upload-offset': String(offset),
        'content-type': 'application/offset+octet-stream',
        'content-length': String(body.length),
        ...(length !== undefined && { 'upload-length': String(length) }),
        ...(checksum !== undefined && { 'upload-checksum': `${checksum.name} ${Buffer.from(checksumHex(checksum.checksum), 'hex').toString('base64')}` }),
      },
    });
    await discard(answer);
    return byteCount(headerOf(answer, 'upload-offset'));
  }

  /** @throws not_found when it is gone already */
  async terminate(url: string, signal?: AbortSignal): Promise<void> {
    await discard(await this.#request('DELETE', url, { signal }));
  }

  /** The stored bytes; no part of the protocol, but some servers give them. The answer's body must be read or destroyed. */
  read(url: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Answer> {
    return this.#http.send('GET', url, { headers, signal });
  }

  refusalOf(method: 'GET', answer: Answer): Promise<StorageError> {
    return this.#http.refusalOf(method, answer);
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  #bodyOf(body: Uint8Array): { readonly body: readonly Uint8Array[]; readonly patience: number } {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < body.length; at += PIECE) pieces.push(body.subarray(at, at + PIECE));
    return { body: pieces, patience: (this.#http.silence * Math.min(body.length, SYSTEM_BUFFER)) / SLOWEST_LINE };
  }

  async #request(method: 'POST' | 'HEAD' | 'PATCH' | 'DELETE', url: string, options: Parameters<HttpClient['send']>[2] & { readonly headers?: Readonly<Record<string, string>> }): Promise<Answer> {
    const answer = await this.#http.send(method, url, { ...options, headers: { ...VERSION, ...options.headers } });
    if (isSuccess(answer)) return answer;
    const refused = await this.#http.refusalOf(method, answer);
    const code = CODES[answer.status];
    throw code === undefined ? refused : new StorageError(code, `${refused.message}${STEPS[answer.status] ?? ''}`, { context: refused.context });
  }
}

/** Where tus gives a status another meaning than HTTP does. */
const CODES: Readonly<Record<number, StorageError['code']>> = { 409: 'unavailable', 412: 'unsupported', 413: 'size_limit_exceeded', 423: 'unavailable', 460: 'checksum_mismatch' };
const STEPS: Readonly<Record<number, string>> = {
  413: ' Where the file itself is not too large, a smaller part size in the location’s options may help.',
  423: ' Another request holds the upload.',
  460: ' What arrived is not what was sent.',
};

/** `Upload-Metadata`: `filename` and, below a folder, `relativePath`, the keys that servers look for. */
function metadataOf(path: LocationPath): string {
  const pair = (key: string, value: string) => `${key} ${Buffer.from(value, 'utf8').toString('base64')}`;
  return [pair('filename', baseName(path)), ...(path.includes('/') ? [pair('relativePath', path)] : [])].join(',');
}

/** Names of digests as servers spell them, e.g. `sha1`, `SHA-256`, `crc32`. The strongest first. */
export const CHECKSUMS: readonly HashName[] = ['sha256', 'sha512', 'sha1', 'md5', 'crc32'];

function list(header: string | null): readonly string[] {
  return (header ?? '').split(',').map((each) => each.trim()).filter((each) => each !== '');
}

function byteCount(header: string | null): number | null {
  const count = header !== null && /^\d{1,16}$/.test(header.trim()) ? Number(header) : Number.NaN;
  return Number.isSafeInteger(count) ? count : null;
}

function dateOf(header: string | null): Date | null {
  const time = header === null ? Number.NaN : Date.parse(header);
  return Number.isNaN(time) ? null : new Date(time);
}
