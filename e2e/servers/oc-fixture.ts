import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { flipByte, give } from './oc-fixture/bodies.ts';
import { type OcExchange, answer, header, refuse } from './oc-fixture/exchange.ts';
import { OC_DEFAULTS, OcFaults, type OcFixtureOptions } from './oc-fixture/options.ts';
import { propfind, proppatch } from './oc-fixture/properties.ts';
import { OcStore } from './oc-fixture/store.ts';
import { join, put, refusedByFault } from './oc-fixture/uploads.ts';

export type { OcFaultRule, OcFixtureOptions } from './oc-fixture/options.ts';

/**
 * A fixture, not the product: it speaks what ownCloud 10 and Nextcloud document of their WebDAV (chunks of version 2, `OC-Checksum`,
 * `X-OC-Mtime`, quotas, capabilities), or that of a plain server with RFC 9530, honestly unless a fault is set. What it passes says that
 * our side keeps to the documents; it says nothing of a real ownCloud or Nextcloud.
 */
export class OcFixture {
  readonly options: OcFixtureOptions;
  readonly faults = new OcFaults();
  readonly store: OcStore;
  /** everything that was asked, oldest first, e.g. `PUT files/a.bin` */
  readonly requests: string[] = [];
  readonly #server: Server;
  #running = 0;
  #gate: Promise<void> = Promise.resolve();

  private constructor(store: OcStore, options: Partial<OcFixtureOptions>) {
    this.store = store;
    this.options = { ...OC_DEFAULTS, ...options };
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.keepAliveTimeout = 60_000;
    this.#server.requestTimeout = 0;
  }

  static async start(options: Partial<OcFixtureOptions> = {}): Promise<OcFixture> {
    const fixture = new OcFixture(await OcStore.create(), options);
    await new Promise<void>((resolve, reject) => fixture.#server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return fixture;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Address of the account's files, with a slash at the end. @param port of a proxy before it */
  url(port = this.port): string {
    return `http://127.0.0.1:${port}${this.#entrance}`;
  }

  /** Takes no bytes of any body until the returned function is called. */
  pause(): () => void {
    let release = () => undefined as void;
    this.#gate = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  /** Files of the account and leftovers of uploads, once nothing is under way any more. */
  async residue(): Promise<readonly string[]> {
    for (let quiet = 0; quiet < 3; quiet = this.#running === 0 ? quiet + 1 : 0) await sleep(5);
    return this.store.residue();
  }

  corrupt(path: string, at: number): Promise<void> {
    return flipByte(this.store.at(`files/${path}`), at);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    await this.store.close();
  }

  get #entrance(): string {
    const { product, entrance, user } = this.options;
    if (product === 'plain') return '/dav/';
    return entrance === 'old' ? '/cloud/remote.php/webdav/' : `/cloud/remote.php/dav/files/${encodeURIComponent(user)}/`;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#running += 1;
    response.once('close', () => (this.#running -= 1));
    if (this.options.clockAhead !== 0) response.setHeader('date', new Date(Date.now() + this.options.clockAhead * 1000).toUTCString());
    try {
      if (!this.#isSignedIn(request)) {
        request.resume();
        response.writeHead(401, { 'www-authenticate': 'Bearer realm="oc", Basic realm="oc", charset="UTF-8"', 'content-length': 0 });
        return void response.end();
      }
      if (this.#tellsAboutItself(request, response)) return;
      const exchange = this.#exchange(request, response);
      if (exchange === null) {
        request.resume();
        return void response.writeHead(404, { 'content-length': 0 }).end();
      }
      this.requests.push(`${exchange.method} ${exchange.path}`);
      if (!refusedByFault(exchange)) await dispatch(exchange);
    } catch (error) {
      // A client that goes away is none of the server's errors; everything else must be seen by the test.
      if (response.headersSent || request.destroyed) response.destroy();
      else response.writeHead(500).end(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    }
  }

  #isSignedIn({ headers }: IncomingMessage): boolean {
    const { user, password } = this.options;
    return headers.authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` || headers.authorization === `Bearer ${password}`;
  }

  /** `status.php` and the OCS interface. */
  #tellsAboutItself(request: IncomingMessage, response: ServerResponse): boolean {
    const { product, chunking, user } = this.options;
    const told: Readonly<Record<string, unknown>> = {
      '/cloud/status.php': { installed: true, maintenance: false, version: product === 'Nextcloud' ? '31.0.2.1' : '10.15.0.3', versionstring: product === 'Nextcloud' ? '31.0.2' : '10.15.0', edition: '', productname: product },
      '/cloud/ocs/v1.php/cloud/capabilities': { ocs: { meta: { statuscode: 100 }, data: { capabilities: { dav: chunking ? { chunking: '1.0' } : {}, ...(product === 'ownCloud' && { checksums: { supportedTypes: ['SHA1'], preferredUploadType: 'SHA1' } }) } } } },
      '/cloud/ocs/v1.php/cloud/user': { ocs: { data: { id: user } } },
    };
    const found = told[(request.url ?? '').split('?')[0] ?? ''];
    if (product === 'plain' || found === undefined) return false;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
    return true;
  }

  #exchange(request: IncomingMessage, response: ServerResponse): OcExchange | null {
    const path = this.#pathOf(request.url ?? '/');
    if (path === null) return null;
    const { options, faults, store } = this;
    const uploads = `/cloud/remote.php/dav/uploads/${encodeURIComponent(options.user)}/`;
    return {
      request, response, path, options, faults, store,
      method: request.method ?? 'GET',
      gate: () => this.#gate,
      destination: () => this.#pathOf(new URL(String(request.headers.destination ?? ''), 'http://127.0.0.1').pathname),
      hrefOf: (at, isFolder) => {
        const [place = '', ...names] = at.split('/');
        const pathname = `${place === 'files' ? this.#entrance : uploads}${names.map(encodeURIComponent).join('/')}`;
        return `${options.hrefHost === null ? '' : `http://${options.hrefHost}`}${pathname}${isFolder && !pathname.endsWith('/') ? '/' : ''}`;
      },
    };
  }

  /** @returns `files/...` or `uploads/...`; null for addresses that are none of these */
  #pathOf(pathname: string): string | null {
    const account = encodeURIComponent(this.options.user);
    const places = [['files', this.#entrance], ...(this.options.product === 'plain' ? [] : [['files', `/cloud/remote.php/dav/files/${account}/`], ['uploads', `/cloud/remote.php/dav/uploads/${account}/`]])] as const;
    for (const [place, prefix] of places) {
      if (!`${pathname}/`.startsWith(prefix)) continue;
      const names = pathname.slice(prefix.length).split('/').filter((name) => name !== '').map(decodeURIComponent);
      return names.some((name) => name === '..' || name === '.' || name.includes('/') || name.includes('\0')) ? null : [place, ...names].join('/');
    }
    return null;
  }
}

async function dispatch(exchange: OcExchange): Promise<void> {
  switch (exchange.method) {
    case 'OPTIONS':
      return answer(exchange, 200, '', { dav: '1, 3, extended-mkcol' });
    case 'PROPFIND':
      return propfind(exchange);
    case 'PROPPATCH':
      return proppatch(exchange);
    case 'GET':
    case 'HEAD':
      return give(exchange);
    case 'PUT':
      return put(exchange);
    case 'MKCOL':
      return makeFolder(exchange);
    case 'DELETE':
      return remove(exchange);
    case 'MOVE':
    case 'COPY':
      return transport(exchange);
    default:
      return refuse(exchange, 501, 'There was no plugin in the system that was willing to handle this method.');
  }
}

async function makeFolder(exchange: OcExchange): Promise<void> {
  const { path, store, options } = exchange;
  exchange.request.resume();
  if ((await store.look(path)) !== null) return refuse(exchange, 405, 'The resource you tried to create already exists');
  if (path.startsWith('uploads/') && options.product === 'Nextcloud' && header(exchange, 'destination') === null) return refuse(exchange, 400, 'The Destination header is missing');
  if ((await store.look(path.slice(0, path.lastIndexOf('/'))))?.isDirectory() !== true) return refuse(exchange, 409, 'Parent node does not exist');
  await mkdir(store.at(path));
  answer(exchange, 201);
}

async function remove(exchange: OcExchange): Promise<void> {
  exchange.request.resume();
  if ((await exchange.store.look(exchange.path)) === null) return refuse(exchange, 404, 'File not found');
  await exchange.store.remove(exchange.path);
  answer(exchange, 204);
}

async function transport(exchange: OcExchange): Promise<void> {
  const { path, method, store, options } = exchange;
  exchange.request.resume();
  const target = exchange.destination();
  if (target === null) return refuse(exchange, 502, 'Destination is not on this server');
  if (options.product !== 'plain' && /\.(part|filepart)$/i.test(target)) return refuse(exchange, 400, 'Invalid file name');
  if (path.startsWith('uploads/') && path.endsWith('/.file') && method === 'MOVE') return join(exchange, target);
  const source = await store.look(path);
  if (source === null) return refuse(exchange, 404, 'File not found');
  if ((await store.look(target.slice(0, target.lastIndexOf('/'))))?.isDirectory() !== true) return refuse(exchange, 409, 'The destination node is not found');
  const there = (await store.look(target)) !== null;
  if (there && options.heedsOverwrite && header(exchange, 'overwrite') === 'F') return refuse(exchange, 412, 'The destination node already exists, and the overwrite header is set to false');
  if (method === 'MOVE') await store.move(path, target);
  else await store.copy(path, target);
  answer(exchange, there ? 204 : 201);
}
