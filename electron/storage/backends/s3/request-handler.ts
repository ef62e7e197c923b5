import { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { createConnector } from '../../network/connector.ts';
import type { ProxyAddress } from '../../network/proxy.ts';
import type { Trust } from '../../network/trust.ts';
import { noteOf } from './body-notes.ts';

/** Each upload and download holds a connection; more requests than these wait. */
const MAX_CONNECTIONS = 128;
/** Bytes given to the socket at once; after each the server may be silent again for as long. */
const SLICE = 256 * 1024;
/** What the two computers may still hold of a body when all of it was given to the socket, in bytes, and the slowest line that is waited for, in bytes a millisecond. */
const IN_BUFFERS = 4 * 1024 * 1024;
const SLOWEST_LINE = 128;

interface SignedRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

interface HandlerOptions {
  readonly abortSignal?: unknown;
  readonly requestTimeout?: number;
  /** what came of a first try that was made already */
  firstTry?: FirstTry | undefined;
}

/** The same as it is given to the SDK. */
export interface Sending {
  readonly abortSignal?: AbortSignal;
  readonly requestTimeout: number;
  readonly firstTry?: FirstTry;
}

interface Answer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Dispatcher.ResponseData['body'];
}

export type FirstTry = { readonly response: Answer } | { readonly error: unknown };

/** A request as it goes onto the wire. */
export interface RawRequest {
  readonly origin: string;
  readonly method: string;
  /** percent-encoded */
  readonly path: string;
  /** percent-encoded */
  readonly query: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

export interface S3HandlerOptions {
  /** null for `http:` */
  readonly trust: Trust | null;
  readonly proxy: ProxyAddress | null;
  /** how long the server may stay silent, in milliseconds */
  readonly silence: number;
}

/**
 * Sends the SDK's signed requests over undici, so that proxies, trust and time limits are those of every other backend.
 * `requestTimeout` of a request is the time in milliseconds that the server may work on it beside its silence.
 */
export class S3RequestHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #agent: Agent;
  readonly #silence: number;

  constructor({ trust, proxy, silence }: S3HandlerOptions) {
    this.#silence = silence;
    this.#agent = new Agent({ connections: MAX_CONNECTIONS, pipelining: 1, connect: createConnector({ trust, proxy, timeout: Math.min(silence, 10_000) }) });
  }

  async handle(request: SignedRequest, options: HandlerOptions = {}): Promise<{ response: Answer }> {
    const { firstTry } = options;
    // The SDK gives the same options with each try.
    options.firstTry = undefined;
    if (firstTry === undefined) {
      const { method, protocol, hostname, port, path, headers, body } = request;
      return { response: await this.dispatch({ origin: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`, method, path, query: queryOf(request), headers, body }, options) };
    }
    if ('error' in firstTry) throw firstTry.error;
    return firstTry;
  }

  /** @throws what the SDK knows as a failure of the connection */
  async dispatch({ origin, method, path, query, headers, body: content }: RawRequest, { abortSignal, requestTimeout = 0 }: HandlerOptions): Promise<Answer> {
    const signal = abortSignal instanceof AbortSignal ? abortSignal : null;
    const body = this.#bodyOf(content);
    const buffered = Math.min(lengthOf(content, headers), IN_BUFFERS);
    try {
      const { statusCode, headers: answered, body: stream } = await this.#agent.request({
        origin,
        path: query === '' ? path : `${path}?${query}`,
        method: method as Dispatcher.HttpMethod,
        headers,
        body: body ?? null,
        signal,
        headersTimeout: this.#silence + requestTimeout + Math.ceil(buffered / SLOWEST_LINE),
        bodyTimeout: this.#silence + requestTimeout,
        highWaterMark: 512 * 1024,
        // undici would else give up the connection after each, for servers that send a body nobody may send.
        ...(method === 'HEAD' && { reset: false }),
      });
      // A body that is given up early must not end the process for want of a listener; who reads it still sees the error.
      stream.on('error', () => undefined);
      return { statusCode, headers: flattened(answered), body: stream };
    } catch (error) {
      if (body instanceof Readable) body.destroy();
      throw forTheSdk(error, signal);
    }
  }

  destroy(): void {
    void this.#agent.destroy();
  }

  updateHttpClientConfig(): void {
    // The SDK offers to set options of its own handler here; this one has none.
  }

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  /** Large bodies go in slices, so that a server that takes none of them is noticed, and a slow line is not taken for one. */
  #bodyOf(body: unknown): string | Uint8Array | Readable | undefined {
    if (body === undefined || body === null) return undefined;
    if (typeof body === 'string') return body;
    if (body instanceof Uint8Array) return body.length <= SLICE ? this.#whole(body) : this.#watched(slices(body), body);
    if (body instanceof Readable) return body;
    throw new StorageError('unexpected', `A request has a body of the kind ${typeof body}.`);
  }

  #whole(body: Uint8Array): Uint8Array {
    setImmediate(() => noteOf(body)?.sent?.());
    return body;
  }

  #watched(pieces: Iterable<Uint8Array>, body: Uint8Array): Readable {
    const silence = this.#silence;
    let timer: NodeJS.Timeout | undefined;
    const stalled = (): void => {
      stream.destroy(new StorageError('unavailable', `The server took no bytes for ${silence / 1000} s.`));
    };
    const stream = Readable.from(
      (function* watched(): Generator<Uint8Array> {
        for (const piece of pieces) {
          clearTimeout(timer);
          timer = setTimeout(stalled, silence);
          yield piece;
        }
        clearTimeout(timer);
      })(),
      { objectMode: false, highWaterMark: 1 },
    );
    stream.once('close', () => clearTimeout(timer)).once('end', () => noteOf(body)?.sent?.());
    return stream;
  }
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += SLICE) yield bytes.subarray(at, at + SLICE);
}

function lengthOf(body: unknown, headers: Readonly<Record<string, string>>): number {
  return body instanceof Uint8Array ? body.length : Number(headers['content-length'] ?? 0) || 0;
}

/** Encoded as it was signed: RFC 3986, each name and value on its own. */
function queryOf({ query = {} }: SignedRequest): string {
  const pairs = Object.entries(query)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => (value === null ? [encode(name)] : [value].flat().map((each) => `${encode(name)}=${encode(each)}`)));
  return pairs.join('&');
}

/** RFC 3986: all but letters, digits and `-._~`. */
export function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function flattened(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return flat;
}

/** The SDK tries again after what it knows from Node's own client; it writes into errors, so none may be frozen. */
function forTheSdk(error: unknown, signal: AbortSignal | null): Error {
  if (signal?.aborted) return Object.assign(new Error('The request was canceled.', { cause: error }), { name: 'AbortError' });
  if (!(error instanceof Error)) return new Error(String(error));
  const code = 'code' in error ? error.code : undefined;
  if (code === 'UND_ERR_SOCKET') return Object.assign(new Error(error.message, { cause: error }), { code: 'ECONNRESET' });
  return Object.isExtensible(error) ? error : new Error(error.message, { cause: error });
}
