import { type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse, createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

export interface FrontRequest {
  readonly method: string;
  /** path and query */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface FrontAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What happens to one request; nothing of it: it passes as it is. */
export interface Meddling {
  /** answered so, without the server */
  readonly answer?: FrontAnswer;
  /** not even read before the answer */
  readonly early?: boolean;
  /** other headers for the server; undefined leaves one out */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** another body for the server */
  send?(body: Buffer): Buffer;
  /** another answer for the client */
  receive?(answer: Required<FrontAnswer>): FrontAnswer;
}

export type Meddle = (request: FrontRequest) => Meddling | null;

/** What Keystone lets in, and where it sends to; see {@link keystoneAnswer}. */
export interface KeystoneAccount {
  readonly user: string;
  readonly userDomain: string;
  readonly password: string;
  readonly project: string;
  readonly applicationCredential: { readonly id: string; readonly secret: string };
  /** sign-in of the real server that tokens and storage address are taken from */
  readonly behind: { readonly authUrl: string; readonly user: string; readonly key: string };
  /** seconds that tokens last */
  readonly lifetime?: number;
  readonly regions?: readonly string[];
}

/** A fixture in front of a real Swift server: it passes everything on, but what `meddle` makes of it; it also plays Keystone. Other servers do what it makes them do, too, but not when a test asks. */
export class SwiftFront {
  readonly port: number;
  /** requests so far, as `METHOD path` */
  readonly requests: string[] = [];
  meddle: Meddle = () => null;
  keystone: KeystoneAccount | null = null;
  readonly #server: Server;
  readonly #target: URL;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as AddressInfo).port;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  /** @param target any address of the real server */
  static async start(target: string): Promise<SwiftFront> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return new SwiftFront(server, new URL(target));
  }

  /** The same address by way of this. */
  address(target: string): string {
    const url = new URL(target);
    url.port = String(this.port);
    return url.href;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    this.requests.push(`${method} ${url}`);
    if (this.keystone !== null && method === 'POST' && url === '/v3/auth/tokens') {
      return send(response, await keystoneAnswer(await readAll(request), this.keystone, (address) => this.address(address)));
    }
    const { answer, early, send: change, receive, headers: others } = this.meddle({ method, url, headers }) ?? {};
    if (answer !== undefined) {
      if (early !== true) await readAll(request);
      return send(response, answer);
    }
    const body = change === undefined ? null : change(await readAll(request));
    const wanted = Object.entries({ ...headers, ...(body !== null && { 'content-length': String(body.length) }), ...others }).filter(([, value]) => value !== undefined);
    const answered = await new Promise<IncomingMessage>((resolve, reject) => {
      const forwarded = ask({ host: this.#target.hostname, port: this.#target.port, method, path: url, headers: Object.fromEntries(wanted) }, resolve).once('error', reject);
      if (body !== null) forwarded.end(body);
      else pipeline(request, forwarded).catch(reject);
    });
    const status = answered.statusCode ?? 502;
    if (receive !== undefined) {
      const plain = Object.fromEntries(Object.entries(answered.headers).flatMap(([name, value]) => (typeof value === 'string' && (name !== 'content-length' || method === 'HEAD') && name !== 'transfer-encoding' ? [[name, value]] : [])));
      return send(response, receive({ status, headers: plain, body: await readAll(answered) }));
    }
    response.writeHead(status, answered.headers);
    await pipeline(answered, response);
  }
}

/** https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management, as far as clients of a storage use it. */
async function keystoneAnswer(body: Buffer, account: KeystoneAccount, through: (address: string) => string): Promise<FrontAnswer> {
  const { identity, scope } = (JSON.parse(body.toString()) as { readonly auth: { readonly identity: Readonly<Record<string, unknown>>; readonly scope?: { readonly project: { readonly name: string } } } }).auth;
  const password = { methods: ['password'], password: { user: { name: account.user, domain: { name: account.userDomain }, password: account.password } } };
  const credential = { methods: ['application_credential'], application_credential: account.applicationCredential };
  const isCredential = JSON.stringify(identity) === JSON.stringify(credential);
  if (!isCredential && (JSON.stringify(identity) !== JSON.stringify(password) || (scope !== undefined && scope.project.name !== account.project))) {
    return { status: 401, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ error: { code: 401, message: 'The request you have made requires authentication.', title: 'Unauthorized' } }) };
  }
  const { authUrl, user, key } = account.behind;
  const signedIn = await fetch(authUrl, { headers: { 'x-auth-user': user, 'x-auth-key': key } });
  const url = through(signedIn.headers.get('x-storage-url') ?? '');
  const endpoints = (account.regions ?? ['here']).flatMap((region) => ['internal', 'public'].map((which) => ({ interface: which, region, region_id: region, url: which === 'public' ? url : 'http://internal.invalid/v1' })));
  const catalog = isCredential || scope !== undefined ? [{ type: 'identity', endpoints: [] }, { type: 'object-store', name: 'swift', endpoints }] : [];
  return {
    status: 201,
    headers: { 'content-type': 'application/json', 'x-subject-token': signedIn.headers.get('x-auth-token') ?? '' },
    body: JSON.stringify({ token: { methods: identity['methods'], catalog, expires_at: new Date(Date.now() + (account.lifetime ?? 3600) * 1000).toISOString() } }),
  };
}

function send(response: ServerResponse, { status, headers = {}, body = '' }: FrontAnswer): void {
  response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
  response.end(body);
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
