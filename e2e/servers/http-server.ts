import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as SecureServer, createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Faults } from './http-faults.ts';
import { type Exchange, answer } from './http-exchange.ts';
import { HONEST, type HttpServerOptions } from './http-options.ts';
import { answerRequest } from './http-requests.ts';
import { HttpStore } from './http-store.ts';

export interface SeenRequest {
  readonly method: string;
  /** decoded, no slash at the start */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingMessage['headers'];
}

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A small storage server for tests, on loopback only: the plain HTTP protocol, honest unless a fault is set. */
export class HttpServer {
  readonly options: HttpServerOptions;
  readonly faults = new Faults();
  readonly store: HttpStore;
  /** everything that was asked, oldest first */
  readonly requests: SeenRequest[] = [];
  readonly #server: Server;
  readonly #secure: boolean;
  #running = 0;
  /** resolves when bodies may be read again */
  #gate: Promise<void> = Promise.resolve();

  private constructor(store: HttpStore, options: Partial<HttpServerOptions>, certificate: Certificate | null) {
    this.store = store;
    this.options = { ...HONEST, ...options };
    this.#secure = certificate !== null;
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response);
    this.#server = certificate === null ? createServer(listener) : createSecureServer({ ...certificate }, listener);
    this.#server.keepAliveTimeout = 60_000;
    this.#server.requestTimeout = 0;
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(options: Partial<HttpServerOptions> = {}, certificate: Certificate | null = null): Promise<HttpServer> {
    const server = new HttpServer(await HttpStore.create(), options, certificate);
    await new Promise<void>((resolve, reject) => server.#server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return server;
  }

  /** Address of the root, with a slash at the end. `host` is for certificates by name. */
  url(host = '127.0.0.1'): string {
    return `${this.#secure ? 'https' : 'http'}://${host}:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Shows another certificate from now on; connections that are there are cut. */
  useCertificate(certificate: Certificate): void {
    if (!(this.#server instanceof SecureServer)) throw new Error('This server was started without a certificate.');
    this.#server.setSecureContext(certificate);
    this.#server.closeAllConnections();
  }

  /** Takes no bytes of any body until the returned function is called. */
  pause(): () => void {
    let release = () => undefined as void;
    this.#gate = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  /** All names, and the leftovers of failed uploads, once nothing is under way any more. */
  async residue(): Promise<readonly string[]> {
    for (let quiet = 0; quiet < 3; quiet = this.#running === 0 ? quiet + 1 : 0) await sleep(5);
    return [...this.store.paths(), ...(await this.store.orphans()).map((path) => `left over: ${path}`)];
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
    try {
      const exchange = this.#exchange(request, response);
      if (exchange === null) return answer(response, 400, 'bad path\n');
      this.requests.push({ method: exchange.method, path: exchange.path, query: exchange.query.toString(), headers: request.headers });
      await answerRequest(exchange);
    } catch (error) {
      // A client that goes away is none of the server's errors; everything else must be seen by the test.
      if (response.headersSent || request.destroyed) response.destroy();
      else answer(response, 500, `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    }
  }

  #exchange(request: IncomingMessage, response: ServerResponse): Exchange | null {
    const [rawPath = '/', query = ''] = (request.url ?? '/').split('?');
    try {
      const names = rawPath.slice(1).split('/').map(decodeURIComponent);
      const slash = names.at(-1) === '';
      const path = (slash ? names.slice(0, -1) : names).join('/');
      if (names.slice(0, -1).includes('') || names.some((name) => name === '..' || name === '.' || name.includes('/') || name.includes('\0'))) return null;
      return { request, response, method: request.method ?? 'GET', path, slash, query: new URLSearchParams(query), options: this.options, faults: this.faults, store: this.store, gate: () => this.#gate };
    } catch (error) {
      if (error instanceof URIError) return null;
      throw error;
    }
  }
}
