import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { openSocket } from './open-socket.ts';
import type { ProxyAddress } from './proxy.ts';
import { type Trust, secured } from './trust.ts';

export interface ConnectorOptions {
  /** null where only plain `http:` is spoken */
  readonly trust: Trust | null;
  readonly proxy: ProxyAddress | null;
  /** milliseconds */
  readonly timeout: number;
}

/** How undici's pools and agents connect: through the proxy, and over TLS only to a certificate that is trusted. */
export function createConnector({ trust, proxy, timeout }: ConnectorOptions): buildConnector.connector {
  return ({ hostname, protocol, port }, callback) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const secure = protocol === 'https:';
    openSocket({ host, port: Number(port) || (secure ? 443 : 80), proxy, timeout })
      .then((socket): Socket | Promise<Socket> => (secure && trust !== null ? secured(socket, trust, host, { ALPNProtocols: ['http/1.1'] }) : socket))
      .then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
  };
}
