import { createHmac } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Credential } from './credential.ts';
import type { PipelineAnswer, PipelineClient } from './pipeline-client.ts';

/** Of the service, as its answers to these requests are read here (https://learn.microsoft.com/rest/api/storageservices/versioning-for-the-azure-storage-services). */
const SERVICE_VERSION = '2025-01-05';
/** Headers that are signed by their place, in their order (https://learn.microsoft.com/rest/api/storageservices/authenticate-with-shared-key). */
const SIGNED = ['content-encoding', 'content-language', 'content-length', 'content-md5', 'content-type', 'date', 'if-modified-since', 'if-match', 'if-none-match', 'if-unmodified-since', 'range'];

export interface PlainRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  /** of the blob in the container */
  readonly name: string;
  readonly query?: Readonly<Record<string, string>>;
  /** names in lower case */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly onSent?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface PlainAnswer {
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** of GET; the others' has been read */
  readonly body: Readable;
}

/** As the SDK's of this name: what an answer refused. */
export class Refusal extends Error {
  override readonly name = 'RestError';
  readonly statusCode: number;
  readonly code: string;
  readonly response: { readonly headers: { get(name: string): string | undefined } };

  constructor({ status, headers }: PipelineAnswer, text: string) {
    super(elementOf(text, 'Message'));
    this.statusCode = status;
    this.code = elementOf(text, 'Code');
    this.response = { headers: { get: (name) => headers[name] } };
  }
}

/** The requests of which every file needs some, without the SDK's layers, which take several times as long as all else of them. */
export class PlainRequests {
  readonly #http: PipelineClient;
  readonly #credential: Credential;
  readonly #key: Buffer;
  /** of the container, percent-encoded */
  readonly #path: string;

  /** @param container its address, without a query */
  constructor(http: PipelineClient, container: string, credential: Credential) {
    this.#http = http;
    this.#credential = credential;
    this.#key = credential.kind === 'key' ? Buffer.from(credential.key, 'base64') : Buffer.alloc(0);
    this.#path = new URL(container).pathname;
  }

  /** @throws Refusal, or StorageError where no answer came */
  async ask({ method, name, query = {}, headers = {}, body, onSent, signal }: PlainRequest): Promise<PlainAnswer> {
    const path = `${this.#path}/${name.split('/').map(encodeURIComponent).join('/')}`;
    const all: Record<string, string> = { ...headers, 'x-ms-date': new Date().toUTCString(), 'x-ms-version': SERVICE_VERSION, ...(body !== undefined && { 'content-length': `${body.length}`, 'content-type': 'application/octet-stream' }) };
    if (this.#credential.kind === 'key') all['authorization'] = `SharedKey ${this.#credential.account}:${this.#signature(this.#credential.account, method, path, query, all)}`;
    const parameters = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
    const search = [...parameters, ...(this.#credential.kind === 'sas' ? [this.#credential.query] : [])].join('&');
    const answer = await this.#http.send({ method, path: search === '' ? path : `${path}?${search}`, place: path, headers: { ...all, 'user-agent': 'Holdfast' }, body, onSent, signal });
    const refused = answer.status < 200 || answer.status > 299;
    if (method === 'GET' && !refused) return answer;
    const text = await this.#http.text(answer.body, path);
    if (refused) throw new Refusal(answer, text);
    return answer;
  }

  #signature(account: string, method: string, path: string, query: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>>): string {
    const byPlace = SIGNED.map((name) => (name === 'content-length' && headers[name] === '0' ? '' : (headers[name] ?? ''))).join('\n');
    const own = Object.keys(headers).filter((name) => name.startsWith('x-ms-')).sort().map((name) => `${name}:${headers[name] ?? ''}\n`).join('');
    const parameters = Object.keys(query).sort().map((name) => `\n${name}:${query[name] ?? ''}`).join('');
    return createHmac('sha256', this.#key).update(`${method}\n${byPlace}\n${own}/${account}${path}${parameters}`).digest('base64');
  }
}

/** Bytes of a blob; null where the answer does not say. */
export function sizeOf({ 'content-length': length }: PlainAnswer['headers']): number | null {
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : null;
}

/** ISO 8601 in UTC; null where the answer does not say. */
export function modifiedOf({ 'last-modified': time }: PlainAnswer['headers']): string | null {
  const milliseconds = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(milliseconds) ? null : new Date(milliseconds).toISOString();
}

const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'", '&amp;': '&' };

/** Of an error's XML; empty where it has none. */
function elementOf(text: string, name: string): string {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
  return found.replaceAll(/&(?:lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}
