import { Readable } from 'node:stream';
import type { HttpOperationResponse, IHttpClient, WebResource } from '@azure/storage-blob';
import { type Dispatcher, Pool } from 'undici';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { connectionFailure } from '../../http/connection-failure.ts';
import { createConnector } from '../../network/connector.ts';
import type { ProxyAddress } from '../../network/proxy.ts';
import type { Trust } from '../../network/trust.ts';

/** Two for each of many files at the same time; more requests wait for a free one. */
const MAX_CONNECTIONS = 64;
/** Bodies go out in such pieces, so that a slow line has the time limit for each of them. */
const PIECE = 128 * 1024;
/** What a system takes of a body before the line has carried it, in bytes, and how much of it the slowest line carries within the time limit. */
const SYSTEM_BUFFER = 4 * 1024 * 1024;
const SLOWEST_LINE = 1024 * 1024;
/** Largest answer that is not a blob, in bytes: a page of a listing has some 5 MB, a list of 50,000 blocks as much. */
const MAX_TEXT = 64 * 1024 * 1024;

/** The connection went away before an answer began. */
export const CUT: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

export interface PipelineClientOptions {
  /** `https://host:port` */
  readonly origin: string;
  /** null for `http:` */
  readonly trust: Trust | null;
  readonly proxy: ProxyAddress | null;
  /** how long the service may stay silent, in milliseconds */
  readonly silence: number;
}

export interface PipelineRequest {
  readonly method: Dispatcher.HttpMethod;
  /** with its query, percent-encoded */
  readonly path: string;
  /** the same without its query, in which a signature may stand */
  readonly place: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  /** told how many bytes of the body went out */
  readonly onSent: ((bytes: number) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The body must be read or destroyed. */
export interface PipelineAnswer {
  readonly status: number;
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Dispatcher.ResponseData['body'];
}

/** How the SDK and the plain requests reach the service: over connections that go through the location's proxy to a trusted certificate. Every failure is a StorageError without the query, in which a signature may stand. */
export class PipelineClient implements IHttpClient {
  readonly #origin: string;
  readonly #silence: number;
  readonly #pool: Pool;

  constructor({ origin, trust, proxy, silence }: PipelineClientOptions) {
    this.#origin = origin;
    this.#silence = silence;
    this.#pool = new Pool(origin, {
      connections: MAX_CONNECTIONS,
      pipelining: 1,
      // The watch below sees progress that the parser's own timer does not.
      headersTimeout: 0,
      bodyTimeout: silence,
      connect: createConnector({ trust, proxy, timeout: Math.min(silence, 10_000) }),
    });
  }

  /** For the SDK. */
  async sendRequest(request: WebResource): Promise<HttpOperationResponse> {
    const url = new URL(request.url);
    const place = url.origin + url.pathname;
    if (url.origin !== this.#origin) throw new StorageError('untrusted_server', `${place} is not on ${this.#origin}.`, { context: { uri: place } });
    const { body, onUploadProgress } = request;
    if (body !== undefined && body !== null && typeof body !== 'string' && !(body instanceof Uint8Array)) throw new StorageError('unexpected', 'A body that is neither text nor bytes cannot be sent.');
    const { status, headers, body: answered } = await this.send({
      method: request.method,
      path: url.pathname + url.search,
      place: url.pathname,
      headers: request.headers.toJson({ preserveCase: true }),
      body: body ?? undefined,
      onSent: onUploadProgress && ((loadedBytes) => onUploadProgress({ loadedBytes })),
      signal: request.abortSignal instanceof AbortSignal ? request.abortSignal : undefined,
    });
    const common = { request, status, headers: answeredHeaders(request, headers) };
    const streams = request.streamResponseStatusCodes;
    if (streams?.has(status) === true || streams?.has(Infinity) === true) return { ...common, readableStreamBody: answered };
    return { ...common, bodyAsText: await this.text(answered, url.pathname) };
  }

  /** The service may close an idle connection at the very moment that it is used again; a question that changes nothing is then asked once more (RFC 9110 section 9.2.2). */
  async send(request: PipelineRequest): Promise<PipelineAnswer> {
    try {
      return await this.#once(request);
    } catch (error) {
      if ((request.method !== 'GET' && request.method !== 'HEAD') || !(error instanceof StorageError) || !CUT.has(error.context['system'])) throw error;
      return this.#once(request);
    }
  }

  /** An answer that is no blob. @param place of the request */
  async text(body: PipelineAnswer['body'], place: string): Promise<string> {
    try {
      return await textOf(body, this.#origin + place);
    } catch (error) {
      throw connectionFailure(error, `reach ${this.#origin}${place}`, this.#origin + place, undefined);
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #once({ method, path, place: below, headers: sent, body: content, onSent, signal }: PipelineRequest): Promise<PipelineAnswer> {
    const place = this.#origin + below;
    const watch = new Watch(this.#silence, place);
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        method,
        path,
        headers: { 'accept-encoding': 'identity', ...sent },
        body: bodyOf(content, watch, onSent),
        signal: signal === undefined ? watch.signal : AbortSignal.any([signal, watch.signal]),
        highWaterMark: 512 * 1024,
      });
      // A body that is given up early must not end the process for want of a listener; who reads it still sees the error.
      body.on('error', () => undefined);
      return { status: statusCode, headers: flattened(headers), body };
    } catch (error) {
      throw watch.failure ?? connectionFailure(error, `reach ${place}`, place, signal);
    } finally {
      watch.end();
    }
  }
}

/** Gives a request up when nothing of it moved for too long. */
class Watch {
  readonly #stop = new AbortController();
  readonly #silence: number;
  readonly #place: string;
  #timer: NodeJS.Timeout;
  failure: StorageError | null = null;

  constructor(silence: number, place: string) {
    this.#silence = silence;
    this.#place = place;
    this.#timer = this.#begin(silence);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  moved(): void {
    this.#timer.refresh();
  }

  /** The system has the whole body, which says little of where it is. */
  sent(bytes: number): void {
    clearTimeout(this.#timer);
    this.#timer = this.#begin(this.#silence * (1 + Math.min(bytes, SYSTEM_BUFFER) / SLOWEST_LINE));
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #begin(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.failure = new StorageError('unavailable', `The server at ${new URL(this.#place).origin} stayed silent for ${milliseconds / 1000} s: could not reach ${this.#place}.`, { context: { uri: this.#place } });
      this.#stop.abort(this.failure);
    }, milliseconds);
  }
}

function bodyOf(body: PipelineRequest['body'], watch: Watch, onSent: PipelineRequest['onSent']): string | Uint8Array | Readable | null {
  if (body === undefined || typeof body === 'string') return body ?? null;
  return body.length <= PIECE && onSent === undefined ? body : Readable.from(piecesOf(body, watch, onSent), { objectMode: false });
}

async function* piecesOf(body: Uint8Array, watch: Watch, onSent: PipelineRequest['onSent']): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += PIECE) {
    yield await Promise.resolve(body.subarray(at, at + PIECE));
    watch.moved();
    onSent?.(Math.min(body.length, at + PIECE));
  }
  watch.sent(body.length);
}

function flattened(answered: Dispatcher.ResponseData['headers']): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in answered) {
    const value = answered[name];
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

/** The SDK offers no class for headers, but a copy of the request's can be filled with others. */
function answeredHeaders(request: WebResource, answered: PipelineAnswer['headers']): HttpOperationResponse['headers'] {
  const headers = request.headers.clone();
  for (const name of headers.headerNames()) headers.remove(name);
  for (const [name, value] of Object.entries(answered)) headers.set(name, value);
  return headers;
}

async function textOf(body: Dispatcher.ResponseData['body'], place: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_TEXT) throw new StorageError('unsupported', `The answer of ${place} is larger than ${MAX_TEXT / 1024 / 1024} MiB, the most that Holdfast reads.`, { context: { uri: place } });
  }
  return Buffer.concat(chunks).toString('utf8');
}
