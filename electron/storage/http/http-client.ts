import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import { StorageError } from '../../../shared/storage/errors.ts';
import { createConnector } from '../network/connector.ts';
import type { ProxyAddress } from '../network/proxy.ts';
import type { Trust } from '../network/trust.ts';
import { connectionFailure } from './connection-failure.ts';
import { refusal } from './status.ts';
import { resolveSameOrigin } from './uri.ts';

export const MAX_REDIRECTS = 5;

/** Every transfer may hold two connections (a copy reads and writes at once) and waits for a free one without a time limit, so there must be enough for all of them. */
const MAX_CONNECTIONS = 100;
const MAX_ERROR_BYTES = 16 * 1024;
/** Slowest digest or move that is waited for, in bytes a millisecond: 10 MB a second. */
const SLOWEST_SERVER = 10_000;

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'PROPFIND' | 'PROPPATCH' | 'MKCOL' | 'COPY' | 'MOVE' | 'LOCK' | 'UNLOCK' | 'REPORT';

/** Methods that change nothing: RFC 9110 section 9.2.1, RFC 4918 section 9.1. */
const SAFE: ReadonlySet<Method> = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND']);
/** The connection went away before an answer began. */
const CUT: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** How requests say who asks. */
export interface Authorization {
  /** headers of one request; `target` is path and query as they go onto the wire */
  headersFor(method: Method, target: string): Readonly<Record<string, string>>;
  /** Looks at an answer 401. @returns true when the same request may succeed now, e.g. because the server's challenge is known or a new token was fetched; asked once a request, and only when its body can be sent again. @param sent what {@link headersFor} gave for it, which may be an old token by now */
  learn?(answer: Pick<Answer, 'status' | 'headers'>, sent: Readonly<Record<string, string>>): boolean | Promise<boolean>;
  /** what must never be shown, whatever the server says */
  readonly secrets: readonly string[];
}

/** RFC 6750 section 2.1. */
export function bearer(token: string): Authorization {
  return { headersFor: () => ({ authorization: `Bearer ${token}` }), secrets: [token] };
}

export interface ClientOptions {
  /** any address on the server */
  readonly root: string;
  /** null: nobody in particular asks */
  readonly authorization: Authorization | null;
  /** null for `http:` */
  readonly trust: Trust | null;
  readonly proxy?: ProxyAddress | null;
  /** how long the server may stay silent, in milliseconds */
  readonly silence: number;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Pieces go out one after the other, so that a slow line has the time limit for each of them; like one Uint8Array they can be sent again. They need a `content-length`. */
  readonly body?: Readable | Uint8Array | readonly Uint8Array[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** bytes that the server may have to work through before it answers */
  readonly workload?: number | undefined;
  /** how much longer than usual an answer may take for other reasons, in milliseconds: a slow line still carries what the system has taken of a body */
  readonly patience?: number | undefined;
}

/** The answer's body must be read, or ended with {@link HttpClient.text} or `destroy()`: until then it holds a connection. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Dispatcher.ResponseData['body'];
  /** after redirects */
  readonly uri: string;
}

/** Requests to one server: its token, its connections, its time limits. Every failure is a StorageError. */
export class HttpClient {
  readonly silence: number;
  readonly #pool: Pool;
  readonly #origin: string;
  readonly #authorization: Authorization | null;

  constructor({ root, authorization, trust, proxy = null, silence }: ClientOptions) {
    this.silence = silence;
    this.#origin = new URL(root).origin;
    this.#authorization = authorization;
    this.#pool = new Pool(this.#origin, {
      connections: MAX_CONNECTIONS,
      pipelining: 1,
      bodyTimeout: silence,
      connect: createConnector({ trust, proxy, timeout: Math.min(silence, 10_000) }),
    });
  }

  /** Sends and follows redirects inside the server. @returns also answers that are no success; a redirect from a folder's name to the folder is one of them */
  async send(method: Method, uri: string, options: RequestOptions = {}): Promise<Answer> {
    let answer = await this.#once(method, uri, options);
    for (let hops = 0; ; hops++) {
      const target = redirectTarget(method, answer);
      if (target === null) return answer;
      await discard(answer);
      if (hops === MAX_REDIRECTS) throw new StorageError('unavailable', `The server redirects ${uri} more than ${MAX_REDIRECTS} times.`, { context: { uri } });
      answer = await this.#once(method, target, options);
    }
  }

  /** As {@link send}. @throws StorageError with the server's words for anything outside 200-299 */
  async request(method: Method, uri: string, options: RequestOptions = {}): Promise<Answer> {
    const answer = await this.send(method, uri, options);
    if (isSuccess(answer)) return answer;
    throw await this.refusalOf(method, answer);
  }

  /** The error for an answer that is no success. Ends the answer's body. */
  async refusalOf(method: Method, answer: Answer): Promise<StorageError> {
    if (isFolderRedirect(answer)) {
      await discard(answer);
      return new StorageError('invalid_location', `${answer.uri} is a folder: expected a file.`, { context: { uri: answer.uri, status: answer.status } });
    }
    const { bytes } = await readBounded(answer, MAX_ERROR_BYTES, this.silence).catch(() => ({ bytes: Buffer.alloc(0) }));
    return refusal({ method, uri: answer.uri, status: answer.status, text: bytes.toString('utf8'), retryAfter: headerOf(answer, 'retry-after'), secrets: this.#authorization?.secrets ?? [] });
  }

  /** The whole body as text. @returns null when it has more than `limit` bytes; the rest is not downloaded */
  async text(answer: Answer, limit: number): Promise<string | null> {
    return (await this.body(answer, limit))?.toString('utf8') ?? null;
  }

  /** As {@link text}, in bytes. */
  async body(answer: Answer, limit: number): Promise<Buffer | null> {
    try {
      const { bytes, complete } = await readBounded(answer, limit, this.silence);
      return complete ? bytes : null;
    } catch (error) {
      throw connectionFailure(error, `read ${answer.uri}`, answer.uri, undefined);
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #once(method: Method, uri: string, options: RequestOptions): Promise<Answer> {
    let sent: Readonly<Record<string, string>> = {};
    const ask = (): Promise<Answer> => {
      const { pathname, search } = new URL(uri);
      sent = this.#authorization?.headersFor(method, pathname + search) ?? {};
      return this.#ask(method, uri, options, sent);
    };
    const answer = await askTwice(method, ask);
    const repeatable = !(options.body instanceof Readable);
    if (answer.status !== 401 || !repeatable || !(await this.#learn(answer, sent))) return answer;
    await discard(answer);
    return ask();
  }

  async #learn(answer: Answer, sent: Readonly<Record<string, string>>): Promise<boolean> {
    try {
      return (await this.#authorization?.learn?.(answer, sent)) ?? false;
    } catch (error) {
      answer.body.destroy();
      throw error;
    }
  }

  async #ask(method: Method, uri: string, { headers, body, signal, workload = 0, patience = 0 }: RequestOptions, signed: Readonly<Record<string, string>>): Promise<Answer> {
    const url = new URL(uri);
    if (url.origin !== this.#origin) throw new StorageError('untrusted_server', `${uri} is not on ${this.#origin}.`, { context: { uri } });
    try {
      const { statusCode, headers: answered, body: stream } = await this.#pool.request({
        method,
        path: url.pathname + url.search,
        headers: {
          'accept-encoding': 'identity',
          'user-agent': 'Holdfast',
          // A digest or a read-back must be of what is stored now, not of what a cache on the way remembers.
          ...((method === 'GET' || method === 'HEAD') && { 'cache-control': 'no-cache' }),
          ...signed,
          ...headers,
        },
        body: isPieces(body) ? Readable.from(body, { objectMode: false }) : (body ?? null),
        signal: signal ?? null,
        headersTimeout: this.silence + Math.ceil(workload / SLOWEST_SERVER + patience),
        highWaterMark: 512 * 1024,
        // undici would else give up the connection after each, for servers that send a body nobody may send.
        ...(method === 'HEAD' && { reset: false }),
      });
      // A body that is given up early must not end the process for want of a listener; who reads it still sees the error.
      stream.on('error', () => undefined);
      return { status: statusCode, headers: answered, body: stream, uri };
    } catch (error) {
      const failure = connectionFailure(error, `reach ${uri}`, uri, signal);
      if (failure instanceof StorageError && CUT.has(failure.context['system'])) await idleOnesSeen();
      throw failure;
    }
  }
}

/** What cut this connection has most often cut the idle ones too: a turn of the event loop shows it, before somebody sends over one of them what cannot be sent twice. */
async function idleOnesSeen(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** A server may close an idle connection at the very moment that it is used again; a question that changes nothing is then asked once more (RFC 9110 section 9.2.2). */
async function askTwice(method: Method, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!SAFE.has(method) || !(error instanceof StorageError) || !CUT.has(error.context['system'])) throw error;
    return ask();
  }
}

function isPieces(body: RequestOptions['body']): body is readonly Uint8Array[] {
  return Array.isArray(body);
}

export function isSuccess(answer: Answer): boolean {
  return answer.status >= 200 && answer.status <= 299;
}

export function headerOf(answer: Answer, name: string): string | null {
  const value = answer.headers[name];
  return (typeof value === 'string' ? value : value?.[0]) ?? null;
}

/** Servers answer the name of a folder with a redirect to the same name and a slash. */
export function isFolderRedirect(answer: Answer): boolean {
  const location = isRedirect(answer) ? headerOf(answer, 'location') : null;
  if (location === null) return false;
  const base = new URL(answer.uri);
  const target = new URL(location, base);
  return !base.pathname.endsWith('/') && target.origin === base.origin && target.pathname === `${base.pathname}/`;
}

/** Reads a body that nobody wants to its end, so that the connection can be used again; cuts it when it is long. */
export async function discard(answer: Answer): Promise<void> {
  await answer.body.dump({ limit: MAX_ERROR_BYTES });
}

function isRedirect({ status }: Answer): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** RFC 9110 section 15.4. A body cannot be sent twice and a DELETE must not hit another name than the user's, so only reading and allocating follow. */
function redirectTarget(method: Method, answer: Answer): string | null {
  const location = headerOf(answer, 'location');
  if (!isRedirect(answer) || location === null) return null;
  const target = resolveSameOrigin(location, answer.uri);
  if (isFolderRedirect(answer)) return null;
  if (method === 'GET' || method === 'HEAD') return target;
  return method === 'POST' && (answer.status === 307 || answer.status === 308) ? target : null;
}

/** Ends the body in every case: at its end, past `limit`, or after `milliseconds` even when it still drips. */
async function readBounded({ body, uri }: Answer, limit: number, milliseconds: number): Promise<{ readonly bytes: Buffer; readonly complete: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  const timer = setTimeout(() => body.destroy(new StorageError('unavailable', `The answer of ${uri} did not end within ${milliseconds / 1000} s.`, { context: { uri } })), milliseconds);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > limit) return { bytes: Buffer.concat(chunks).subarray(0, limit), complete: false };
    }
    return { bytes: Buffer.concat(chunks), complete: true };
  } finally {
    clearTimeout(timer);
  }
}
