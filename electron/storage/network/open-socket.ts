import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { SocksClient } from 'socks';
import { StorageError } from '../../../shared/storage/errors.ts';
import type { ProxyAddress } from './proxy.ts';

export interface SocketOptions {
  readonly host: string;
  readonly port: number;
  readonly proxy: ProxyAddress | null;
  /** for the connection as a whole, in milliseconds */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** Longest answer of a proxy that is read, in bytes. */
const MAX_PROXY_ANSWER = 16 * 1024;

/** A connection to the server, straight or through the proxy; without Nagle's delay. @throws what the system failed with; StorageError unavailable when the proxy refuses */
export async function openSocket({ host, port, proxy, timeout, signal }: SocketOptions): Promise<Socket> {
  const limit = AbortSignal.timeout(timeout);
  const stop = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const socket = await through(proxy, host, port, timeout, stop);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  return socket;
}

async function through(proxy: ProxyAddress | null, host: string, port: number, timeout: number, stop: AbortSignal): Promise<Socket> {
  if (proxy === null) return connected(net.connect({ host, port }), 'connect', stop);
  if (proxy.kind === 'socks4' || proxy.kind === 'socks5') {
    const { socket } = await SocksClient.createConnection({ command: 'connect', timeout, destination: { host, port }, proxy: { host: proxy.host, port: proxy.port, type: proxy.kind === 'socks4' ? 4 : 5 } }).catch((error: unknown) => {
      throw new StorageError('unavailable', `The proxy ${proxy.host}:${proxy.port} does not connect to ${host}:${port}: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
    });
    return socket;
  }
  const way = proxy.kind === 'https' ? tls.connect({ host: proxy.host, port: proxy.port, ...(net.isIP(proxy.host) === 0 && { servername: proxy.host }) }) : net.connect({ host: proxy.host, port: proxy.port });
  return tunnel(await connected(way, proxy.kind === 'https' ? 'secureConnect' : 'connect', stop), proxy, host, port, stop);
}

function connected(socket: Socket, event: 'connect' | 'secureConnect', stop: AbortSignal): Promise<Socket> {
  return settled(socket, stop, (resolve) => socket.once(event, () => resolve(socket)));
}

/** RFC 9110 section 9.3.6. */
function tunnel(socket: Socket, proxy: ProxyAddress, host: string, port: number, stop: AbortSignal): Promise<Socket> {
  const authority = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
  return settled(socket, stop, (resolve, reject) => {
    let head = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0 && head.length < MAX_PROXY_ANSWER) return;
      socket.off('data', onData);
      socket.pause();
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1'))?.[1];
      if (end < 0 || status?.startsWith('2') !== true) {
        reject(new StorageError(status === '407' ? 'authentication_failed' : 'unavailable', `The proxy ${proxy.host}:${proxy.port} does not connect to ${authority}: it answered ${status ?? 'no HTTP'}.`));
        return;
      }
      if (head.length > end + 4) socket.unshift(head.subarray(end + 4));
      resolve(socket);
    };
    socket.on('data', onData);
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  });
}

function settled(socket: Socket, stop: AbortSignal, begin: (resolve: (socket: Socket) => void, reject: (error: Error) => void) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const finish = (action: () => void): void => {
      stop.removeEventListener('abort', onAbort);
      socket.off('error', fail).off('close', onClose);
      action();
    };
    const fail = (error: Error): void => {
      finish(() => {
        socket.on('error', () => undefined).destroy();
        reject(error);
      });
    };
    const onAbort = (): void => fail(stop.reason as Error);
    const onClose = (): void => fail(Object.assign(new Error('the connection was closed before it was there'), { code: 'ECONNRESET' }));
    socket.once('error', fail).once('close', onClose);
    if (stop.aborted) onAbort();
    else {
      stop.addEventListener('abort', onAbort, { once: true });
      begin((ready) => finish(() => resolve(ready)), fail);
    }
  });
}
