import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { StorageError } from '../../../shared/storage/errors.ts';
import { answerOf, settled } from './answer-of.ts';
import type { ProxyAddress } from './proxy.ts';
import { connectSocks4, connectSocks5 } from './socks.ts';

export interface SocketOptions {
  readonly host: string;
  readonly port: number;
  readonly proxy: ProxyAddress | null;
  /** for the connection as a whole, in milliseconds */
  readonly timeout: number;
  /**
   * Takes what arrives in place of 'data', from the first `resume` of the socket on, which comes paused; the memory is used again when it
   * returns. Through a proxy the socket gives 'data' all the same.
   */
  readonly take?: ((bytes: Buffer, socket: Socket) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** begins the connection otherwise, e.g. with TLS, where no proxy is in between; `take` is not looked at then */
  readonly connect?: (() => Socket) | undefined;
}

/** Bytes that one read takes: a socket has seldom more. */
const READ = 256 * 1024;

/** Longest answer of a proxy that is read, in bytes. */
const MAX_PROXY_ANSWER = 16 * 1024;

/**
 * A connection to the server, straight or through the proxy; without Nagle's delay.
 * @throws what the system failed with; StorageError unavailable when it is the proxy that fails or refuses, authentication_failed when it wants a sign-in
 */
export async function openSocket({ host, port, proxy, timeout, take, signal, connect = () => straight(host, port, take) }: SocketOptions): Promise<Socket> {
  const limit = AbortSignal.timeout(timeout);
  const stop = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const socket = proxy === null ? await connected(connect(), 'connect', stop) : await through(proxy, host, port, stop);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  return socket;
}

function straight(host: string, port: number, take: SocketOptions['take']): Socket {
  if (take === undefined) return net.connect({ host, port });
  const memory = Buffer.allocUnsafeSlow(READ);
  const callback = (length: number): boolean => {
    take(memory.subarray(0, length), socket);
    return true;
  };
  const socket = net.connect({ host, port, onread: { buffer: memory, callback } });
  return socket.pause();
}

async function through(proxy: ProxyAddress, host: string, port: number, stop: AbortSignal): Promise<Socket> {
  let way: Socket | null = null;
  try {
    way = await reachProxy(proxy, stop);
    if (proxy.kind === 'socks5') await connectSocks5(way, host, port, stop);
    else if (proxy.kind === 'socks4') await connectSocks4(way, host, port, stop);
    else await connectTunnel(way, host, port, stop);
    return way;
  } catch (error) {
    way?.on('error', () => undefined).destroy();
    if (stop.aborted) throw error;
    throw proxyFailure(proxy, host, port, error);
  }
}

function reachProxy(proxy: ProxyAddress, stop: AbortSignal): Promise<Socket> {
  if (proxy.kind !== 'https') return connected(net.connect({ host: proxy.host, port: proxy.port }), 'connect', stop);
  return connected(tls.connect({ host: proxy.host, port: proxy.port, ...(net.isIP(proxy.host) === 0 && { servername: proxy.host }) }), 'secureConnect', stop);
}

function connected(socket: Socket, event: 'connect' | 'secureConnect', stop: AbortSignal): Promise<Socket> {
  return settled(socket, stop, (resolve) => socket.once(event, () => resolve(socket)));
}

class SignInWanted extends Error {}

/** RFC 9110 section 9.3.6. */
async function connectTunnel(socket: Socket, host: string, port: number, stop: AbortSignal): Promise<void> {
  socket.write(`CONNECT ${authority(host, port)} HTTP/1.1\r\nHost: ${authority(host, port)}\r\n\r\n`);
  const head = await answerOf(socket, stop, (received) => {
    const end = received.indexOf('\r\n\r\n');
    if (end < 0 && received.length >= MAX_PROXY_ANSWER) throw new Error('it gave no HTTP answer');
    return end < 0 ? null : { value: received.toString('latin1', 0, end), length: end + 4 };
  });
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  if (status === undefined) throw new Error('it gave no HTTP answer');
  if (status === '407') throw new SignInWanted();
  if (!status.startsWith('2')) throw new Error(`it answered ${status}`);
}

function proxyFailure(proxy: ProxyAddress, host: string, port: number, error: unknown): StorageError {
  const name = authority(proxy.host, proxy.port);
  const context = { proxy: name };
  if (error instanceof SignInWanted) return new StorageError('authentication_failed', `The proxy ${name} wants a user name and password (407), which Holdfast does not give to proxies.`, { context: { ...context, field: 'proxy' } });
  const why = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
  return new StorageError('unavailable', `The proxy ${name} does not connect to ${authority(host, port)}: ${why}.`, { cause: error, context });
}

function authority(host: string, port: number): string {
  return `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
}
