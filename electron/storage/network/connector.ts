import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { LentReads } from './lent-reads.ts';
import { openDirect } from './open-direct.ts';
import { openSocket } from './open-socket.ts';
import type { ProxyAddress } from './proxy.ts';
import { type Trust, secured } from './trust.ts';

export interface ConnectorOptions {
  /** null where only plain `http:` is spoken */
  readonly trust: Trust | null;
  readonly proxy: ProxyAddress | null;
  /** milliseconds */
  readonly timeout: number;
  /** of the one connection that is made with it, where no proxy is in between */
  readonly reads?: LentReads | undefined;
}

const PROTOCOLS = { ALPNProtocols: ['http/1.1'] };

/** How undici's pools and agents connect: through the proxy, and over TLS only to a certificate that is trusted. */
export function createConnector({ trust, proxy, timeout, reads }: ConnectorOptions): buildConnector.connector {
  const open = async (host: string, port: number, secure: Trust | null): Promise<Socket> => {
    if (proxy === null) {
      const { trusted } = await openDirect({ host, port, timeout, reads: reads ?? new LentReads(), secure: secure && { trust: secure, name: host, options: PROTOCOLS } });
      return trusted;
    }
    const socket = await openSocket({ host, port, proxy, timeout });
    return secure === null ? socket : secured(socket, secure, host, PROTOCOLS);
  };
  return ({ hostname, protocol, port }, callback) => {
    const secure = protocol === 'https:';
    open(hostname.replace(/^\[|\]$/g, ''), Number(port) || (secure ? 443 : 80), secure ? trust : null).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}
