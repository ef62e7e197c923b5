import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAuthority } from '../../../e2e/servers/certificates.ts';
import { ConnectProxy } from '../../../e2e/servers/connect-proxy.ts';
import { SocksProxy } from '../../../e2e/servers/socks-proxy.ts';
import { openSocket } from './open-socket.ts';
import type { ProxyAddress } from './proxy.ts';

const NAMES = { 'files.holdfast.test': '127.0.0.1' };
const open: { stop(): Promise<void> }[] = [];
let echo: Server;
let port: number;
const arrived: Socket[] = [];

/** Greets at once, so that its first bytes may come together with the proxy's answer, and says everything back. */
beforeEach(async () => {
  echo = createServer((socket) => {
    arrived.push(socket);
    socket.on('error', () => undefined).write('hello ');
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  ({ port } = echo.address() as AddressInfo);
});

afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
  for (const socket of arrived.splice(0)) socket.destroy();
  await new Promise((resolve) => echo.close(resolve));
});

function stopLater<T extends { stop(): Promise<void> }>(server: T): T {
  open.push(server);
  return server;
}

async function rawProxy(answer: string, { ends = false } = {}): Promise<ProxyAddress> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined).once('data', () => (ends ? socket.end(answer) : socket.write(answer)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stopLater({
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return { kind: 'http', host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const through = (proxy: ProxyAddress | null, more: { host?: string; timeout?: number; signal?: AbortSignal } = {}) => openSocket({ host: 'files.holdfast.test', port, proxy, timeout: 20_000, ...more });

async function expectEcho(socket: Socket): Promise<void> {
  socket.write('and back');
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    if (text === 'hello and back') break;
  }
  expect(text).toBe('hello and back');
}

test('without a proxy the way is straight', async () => {
  await expectEcho(await through(null, { host: '127.0.0.1' }));
});

test('an HTTP proxy is asked for the name, which it resolves itself', async () => {
  const proxy = stopLater(await ConnectProxy.start({ names: NAMES }));
  await expectEcho(await through({ kind: 'http', host: '127.0.0.1', port: proxy.port }));
  expect(proxy.asked).toEqual([`files.holdfast.test:${port}`]);
  expect(proxy.heads[0]?.toLowerCase()).toContain(`host: files.holdfast.test:${port}`);
});

test('an IPv6 address is written in brackets', async () => {
  const proxy = stopLater(await ConnectProxy.start({ answer: 'HTTP/1.1 502 Bad Gateway\r\n\r\n' }));
  await expect(through({ kind: 'http', host: '127.0.0.1', port: proxy.port }, { host: '::1' })).rejects.toThrow(`does not connect to [::1]:${port}`);
  expect(proxy.asked).toEqual([`[::1]:${port}`]);
});

test.each([
  ['socks5', '5'],
  ['socks4', '4'],
] as const)('a %s proxy is asked for the name, which it resolves itself', async (kind, version) => {
  const proxy = stopLater(await SocksProxy.start({ names: NAMES }));
  await expectEcho(await through({ kind, host: '127.0.0.1', port: proxy.port }));
  expect(proxy.asked).toEqual([`${version} files.holdfast.test:${port}`]);
});

test.each([
  ['HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno', 'unavailable', /does not connect to files\.holdfast\.test:\d+: it answered 403/],
  ['HTTP/1.0 502 Bad Gateway\r\n\r\n', 'unavailable', /it answered 502/],
  ['HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n', 'authentication_failed', /wants a user name and password/],
  ['HTTP/1.1 301 Moved\r\nLocation: http://elsewhere/\r\n\r\n', 'unavailable', /it answered 301/],
  ['220 mail.example.org ESMTP\r\n\r\n', 'unavailable', /no HTTP answer/],
  [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`, 'unavailable', /no HTTP answer/],
])('a proxy that says %.40j ends in the error that fits', async (answer, code, message) => {
  const proxy = await rawProxy(answer);
  const failure = await through(proxy).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as string, context: { proxy: `127.0.0.1:${proxy.port}` } });
});

test.each(['', 'HTTP/1.1 200 OK\r\nVia: 1.1', 'HTTP/1.'])('an answer that is cut off after %j is a failure of the proxy', async (answer) => {
  const failure = await through(await rawProxy(answer, { ends: true })).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/The proxy .* closed before/) as string });
});

test('what the server says right behind the proxy’s answer is not lost', async () => {
  const socket = await through(await rawProxy('HTTP/1.1 200 OK\r\n\r\nhello and back'));
  await expectEcho(socket);
});

test('an HTTPS proxy must show a certificate that this computer trusts', async () => {
  const authority = await createAuthority(['IP:127.0.0.1']);
  const proxy = stopLater(await ConnectProxy.start({ names: NAMES, certificate: authority }));
  await expect(through({ kind: 'https', host: '127.0.0.1', port: proxy.port })).rejects.toThrow(/The proxy .*certificate/);
  expect(proxy.asked, 'and is told nothing before').toEqual([]);
  await authority.remove();
});

test('a SOCKS proxy that refuses, and one that is not there, are named', async () => {
  const refusing = stopLater(await SocksProxy.start({ refuseWith: 2 }));
  await expect(through({ kind: 'socks5', host: '127.0.0.1', port: refusing.port })).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining(`The proxy 127.0.0.1:${refusing.port} does not connect`) as string });
  const gone = refusing.port;
  await refusing.stop();
  open.length = 0;
  for (const kind of ['socks5', 'http'] as const) {
    await expect(through({ kind, host: '127.0.0.1', port: gone })).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/The proxy .*ECONNREFUSED/) as string });
  }
});

test.each([
  ['socks5', '192.0.2.7', '5 192.0.2.7'],
  ['socks5', '2001:db8::9', '5 2001:db8:0:0:0:0:0:9'],
  ['socks5', '::ffff:192.0.2.7', '5 0:0:0:0:0:ffff:c000:207'],
  ['socks5', 'bücher.example', '5 xn--bcher-kva.example'],
  ['socks4', '192.0.2.7', '4 192.0.2.7'],
  ['socks4', 'bücher.example', '4 xn--bcher-kva.example'],
] as const)('%s is asked for %s in its own way', async (kind, host, asked) => {
  const proxy = stopLater(await SocksProxy.start({ refuseWith: 4 }));
  await expect(through({ kind, host: '127.0.0.1', port: proxy.port }, { host })).rejects.toMatchObject({ code: 'unavailable' });
  expect(proxy.asked).toEqual([`${asked}:${port}`]);
});

test.each(['HTTP/1.1 400 Bad Request\r\n\r\n', '\u0005\u0002', '\u0005\u00ff', '\u0004'])('a SOCKS proxy that says %j is no such proxy, or wants a sign-in', async (answer) => {
  const { port: at } = await rawProxy(answer, { ends: true });
  await expect(through({ kind: 'socks5', host: '127.0.0.1', port: at })).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/The proxy .* does not connect/) as string });
});

test('the connection can be read by listening, as libraries do', async () => {
  const proxy = stopLater(await ConnectProxy.start({ names: NAMES }));
  const socket = await through({ kind: 'http', host: '127.0.0.1', port: proxy.port });
  const heard = await new Promise((resolve) => socket.once('data', (bytes: Buffer) => resolve(bytes.toString())));
  expect(heard).toBe('hello ');
  socket.destroy();
});

test.each(['http', 'socks5'] as const)('a silent %s proxy is given up in time, and at once when the user cancels; nothing stays open', async (kind) => {
  const closed: Promise<unknown>[] = [];
  const silent = createServer((socket) => closed.push(new Promise((resolve) => socket.resume().on('error', () => undefined).once('close', resolve))));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const proxy: ProxyAddress = { kind, host: '127.0.0.1', port: (silent.address() as AddressInfo).port };
  await expect(through(proxy, { timeout: 100 })).rejects.toMatchObject({ name: 'TimeoutError' });
  const abort = new AbortController();
  const opening = through(proxy, { signal: abort.signal });
  setTimeout(() => abort.abort(), 50);
  await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
  await expect(through(proxy, { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' });
  await Promise.all(closed);
  await new Promise((resolve) => silent.close(resolve));
});
