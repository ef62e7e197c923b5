import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { flipByte } from './http-store.ts';
import type { Certificate } from './http-server.ts';
import { S3Error } from './s3-fixture/s3-error.ts';
import { answer, takeLie, type S3Exchange } from './s3-fixture/s3-exchange.ts';
import { S3Lies } from './s3-fixture/s3-lies.ts';
import { OPERATIONS, operationOf } from './s3-fixture/s3-operations.ts';
import { S3_DEFAULTS, type S3FixtureOptions } from './s3-fixture/s3-options.ts';
import { checkSignature, decode, header, parseQuery } from './s3-fixture/s3-signature.ts';
import { S3Store } from './s3-fixture/s3-store.ts';
import { checkRights } from './s3-fixture/s3-writing.ts';
import { toXml } from './s3-fixture/s3-xml.ts';

export { HOSTILE_NAMES } from './s3-fixture/s3-lies.ts';
export { S3_FIXTURE_READER, S3_FIXTURE_USER } from './s3-fixture/s3-options.ts';

export interface SeenS3Request {
  /** e.g. `UploadPart`; null for what is none */
  readonly operation: string | null;
  readonly bucket: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingMessage['headers'];
}

/** What every user of the fixture calls it: it is no S3, and stands in only for what no S3 server at hand does. */
export const S3_FIXTURE_TITLE = 'fixture (verifies x-amz-checksum)';

/**
 * A server of S3's API for tests, on loopback only, path style only. Signatures are checked; all of S3's checksums are verified where a
 * client declares them, computed where not, and given back: no S3 server that tests can start does that. Honest unless a lie is set.
 */
export class S3Fixture {
  readonly title = S3_FIXTURE_TITLE;
  readonly options: S3FixtureOptions;
  readonly lies = new S3Lies();
  readonly store: S3Store;
  /** everything that was asked, oldest first */
  readonly requests: SeenS3Request[] = [];
  readonly #server: Server;
  readonly #secure: boolean;
  #running = 0;

  private constructor(store: S3Store, options: Partial<S3FixtureOptions>, certificate: Certificate | null) {
    this.store = store;
    this.options = { ...S3_DEFAULTS, ...options };
    this.#secure = certificate !== null;
    this.#server = certificate === null ? createServer() : createSecureServer({ ...certificate });
    // A client that waits for leave to send its body gets it only when the request is found good.
    for (const event of ['request', 'checkContinue']) this.#server.on(event, (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response));
    this.#server.keepAliveTimeout = 60_000;
    this.#server.requestTimeout = 0;
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(options: Partial<S3FixtureOptions> = {}, certificate: Certificate | null = null): Promise<S3Fixture> {
    const server = new S3Fixture(await S3Store.create(), options, certificate);
    await new Promise<void>((resolve, reject) => server.#server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** For clients, with path style. `host` is for certificates by name. */
  endpoint(host = '127.0.0.1'): string {
    return `${this.#secure ? 'https' : 'http'}://${host}:${this.port}`;
  }

  /** Changes one stored byte, as a bad disk would; the checksum that is told stays. */
  async corrupt(bucketName: string, key: string, at: number): Promise<void> {
    const version = this.store.current(this.store.bucket(bucketName), key);
    let offset = 0;
    for (const { file, size } of version?.blobs ?? []) {
      if (at < offset + size) return flipByte(file, at - offset);
      offset += size;
    }
    throw new Error(`The fixture holds no byte ${at} of ${JSON.stringify(key)} in ${bucketName}.`);
  }

  /** Objects, unfinished uploads and leftovers of failed requests, once nothing is under way any more. */
  async residue(): Promise<readonly string[]> {
    for (let quiet = 0; quiet < 3; quiet = this.#running === 0 ? quiet + 1 : 0) await sleep(5);
    const buckets = this.store.buckets();
    return [
      ...buckets.flatMap((bucket) => this.store.keys(bucket).map((key) => `${bucket.name}/${key}`)),
      ...buckets.flatMap(({ name, uploads }) => [...uploads.values()].map(({ key }) => `unfinished upload: ${name}/${key}`)),
      ...(await this.store.orphans()).map((file) => `left over: ${file}`),
    ];
  }

  /** Ends all connections and removes everything that was stored. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    await this.store.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#running += 1;
    const closed = new Promise((resolve) => response.once('close', resolve));
    await this.#answer(request, response);
    // A connection that is gone may still have its leftovers cleaned up.
    await closed;
    this.#running -= 1;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const now = new Date(Date.now() + this.options.clockOffsetMs);
    response.setHeader('date', now.toUTCString());
    response.setHeader('x-amz-request-id', randomBytes(8).toString('hex').toUpperCase());
    response.setHeader('server', this.title);
    try {
      const exchange = this.#exchange(request, response, now);
      if (takeLie(exchange, 'stall')) return;
      const error = takeLie(exchange, 'error');
      if (error !== null) throw new S3Error(error.status, error.code, error.message ?? `lie: ${error.code}`, {}, error.headers);
      if (takeLie(exchange, 'lose answer')) loseAnswer(response);
      await OPERATIONS[exchange.operation]?.(exchange);
    } catch (error) {
      this.#answerError(request, response, error);
    }
  }

  #exchange(request: IncomingMessage, response: ServerResponse, now: Date): S3Exchange {
    const [path = '/', rawQuery = ''] = (request.url ?? '/').split('?');
    const [bucketName = '', ...names] = decode(path.slice(1)).split('/');
    const key = names.join('/');
    const query = new Map(parseQuery(rawQuery));
    const seen = { bucket: bucketName, key, query, headers: request.headers };
    const method = request.method ?? 'GET';
    try {
      const signature = checkSignature({ method, url: request.url ?? '/', headers: request.headers }, { users: this.options.users, region: this.options.region, now: now.getTime() });
      checkRights({ signature, request });
      const operation = operationOf({ method, bucketName, key, query, copies: header(request.headers, 'x-amz-copy-source') !== undefined });
      this.requests.push({ operation, ...seen });
      return { request, response, operation, bucketName, key, query, options: this.options, store: this.store, lies: this.lies, signature, now };
    } catch (error) {
      this.requests.push({ operation: null, ...seen });
      throw error;
    }
  }

  #answerError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    // A client that goes away is none of the server's errors; everything else must be seen by the test.
    if (response.headersSent || response.destroyed || request.socket.destroyed) return void response.destroy();
    const known = error instanceof S3Error ? error : new S3Error(500, 'InternalError', error instanceof Error ? (error.stack ?? error.message) : String(error));
    if (!request.complete) {
      response.setHeader('connection', 'close');
      request.resume();
    }
    answer({ request, response } as S3Exchange, known.status, known.headers, toXml('Error', { Code: known.code, Message: known.message, ...known.details, RequestId: String(response.getHeader('x-amz-request-id')) }));
  }
}

/** Whatever is answered, the client gets nothing. */
function loseAnswer(response: ServerResponse): void {
  response.writeHead = () => response;
  response.write = () => true;
  response.end = () => {
    response.destroy();
    return response;
  };
}
