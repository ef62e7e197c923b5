import net, { type Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { LentReads } from './lent-reads.ts';
import { openSocket } from './open-socket.ts';
import type { ProxyAddress } from './proxy.ts';
import { type BegunSecure, type Trust, beginSecure, secured } from './trust.ts';

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
export function createConnector({ trust, proxy, timeout, reads = new LentReads() }: ConnectorOptions): buildConnector.connector {
  return ({ hostname, protocol, port: named }, callback) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const secure = protocol === 'https:';
    const port = Number(named) || (secure ? 443 : 80);
    let begun: BegunSecure | null = null;
    const connect = (): Socket =>
      reads.connect((options) => {
        if (!secure || trust === null) return net.connect({ host, port, ...options });
        begun = beginSecure(trust, host, { host, port, ...PROTOCOLS, ...options });
        begun.trusted.catch(() => undefined);
        return begun.socket;
      });
    openSocket({ host, port, proxy, timeout, connect })
      .then((socket): Socket | Promise<Socket> => begun?.trusted ?? (secure && trust !== null ? secured(socket, trust, host, PROTOCOLS) : socket))
      .then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
  };
}
