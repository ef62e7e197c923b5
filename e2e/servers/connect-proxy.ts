import { type Server, createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, type Socket, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificate } from './http-server.ts';

export interface ConnectProxyOptions {
  /** names that only this proxy can resolve, so that who reaches them came through it */
  readonly names?: Readonly<Record<string, string>>;
  /** answers every CONNECT with this instead of connecting; as it goes onto the wire */
  readonly answer?: string;
  /** shown on the way to the proxy itself */
  readonly certificate?: Certificate;
}

/** An HTTP proxy for tests, on loopback, that does CONNECT (RFC 9110 section 9.3.6) and nothing else. */
export class ConnectProxy {
  /** every authority that was asked for, oldest first */
  readonly asked: string[] = [];
  /** headers of each, as `name: value` lines */
  readonly heads: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  private constructor({ names = {}, answer, certificate }: ConnectProxyOptions) {
    this.#server = certificate === undefined ? createServer() : createSecureServer({ ...certificate });
    this.#server.on('request', (_request, response) => response.writeHead(405).end());
    this.#server.on('connect', (request, socket, first) => {
      this.asked.push(request.url ?? '');
      this.heads.push(request.rawHeaders.map((part, index) => (index % 2 === 0 ? `${part}: ` : `${part}\n`)).join(''));
      this.#keep(socket);
      if (answer !== undefined) return void socket.end(answer);
      const { hostname, port } = new URL(`http://${request.url ?? ''}`);
      const upstream = connect(Number(port || 80), names[hostname] ?? hostname.replace(/^\[|\]$/g, ''));
      this.#keep(upstream);
      upstream.once('connect', () => {
        socket.write('HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy.test\r\n\r\n');
        upstream.write(first);
        socket.pipe(upstream).pipe(socket);
      });
      upstream.once('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    });
  }

  static async start(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(options);
    await new Promise<void>((resolve, reject) => proxy.#server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await closed;
  }

  #keep(socket: Duplex | Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => this.#sockets.delete(socket));
  }
}
