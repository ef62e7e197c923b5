import { createHash, randomBytes } from 'node:crypto';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { createServer as createSecureServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type TestAuthority, createAuthority } from '../../../e2e/servers/certificates.ts';
import { hashStream } from '../../integrity/hash.ts';
import { PIECE, giveBack } from '../../integrity/lent-pieces.ts';
import { createTrust } from '../network/trust.ts';
import { HttpClient, discard, headerOf } from './http-client.ts';

const BODY = randomBytes(9 * PIECE + 12_345);
const DIGEST = createHash('sha256').update(BODY).digest('hex');
let authority: TestAuthority;
let server: Server;
let client: HttpClient;
const sockets: Socket[] = [];

beforeAll(async () => {
  authority = await createAuthority(['IP:127.0.0.1']);
});

afterEach(async () => {
  await client.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

afterAll(() => authority.remove());

/** Answers each request with what `answer` writes. */
async function serve(secure: boolean, answer: (socket: Socket) => Promise<void>): Promise<string> {
  const listener = (socket: Socket): void => {
    sockets.push(socket);
    socket.setNoDelay(true).on('error', () => undefined).on('data', () => void answer(socket));
  };
  server = secure ? createSecureServer(authority, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const root = `http${secure ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  client = new HttpClient({ root, authorization: null, trust: secure ? await createTrust({ caFile: authority.caFile }) : null, silence: 20_000 });
  return root;
}

const whole = (socket: Socket): Promise<void> => {
  socket.write(`HTTP/1.1 200 OK\r\nX-Name: ${'n'.repeat(300)}\r\nContent-Length: ${BODY.length}\r\n\r\n`);
  socket.write(BODY);
  return Promise.resolve();
};

test.each([false, true])('several long bodies at once come whole, to quick and to slow readers, and their memory is used again (TLS: %s)', async (secure) => {
  const root = await serve(secure, whole);
  const read = async (turns: number): Promise<string> => {
    const hash = createHash('sha256');
    for await (const chunk of (await client.request('GET', root)).body as AsyncIterable<Buffer>) {
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      hash.update(chunk);
      giveBack(chunk);
    }
    return hash.digest('hex');
  };
  for (let round = 0; round < 3; round++) {
    expect(await Promise.all([0, 1, 7, 30].map(read))).toEqual([DIGEST, DIGEST, DIGEST, DIGEST]);
    expect((await hashStream((await client.request('GET', root)).body, ['sha256'])).checksums.sha256).toBe(`sha256:${DIGEST}`);
  }
});

test.each([false, true])('who gives nothing back may keep everything (TLS: %s)', async (secure) => {
  const root = await serve(secure, whole);
  const kept: Buffer[] = [];
  for await (const chunk of (await client.request('GET', root)).body as AsyncIterable<Buffer>) kept.push(chunk);
  await hashStream((await client.request('GET', root)).body, ['sha256']);
  expect(Buffer.concat(kept).equals(BODY)).toBe(true);
});

test.each([false, true])('bytes that come slowly are handed on as they come, and headers that come in pieces are right after a long body (TLS: %s)', async (secure) => {
  let more = (): void => undefined;
  const asked = new Promise<void>((resolve) => (more = resolve));
  let answers = 0;
  const root = await serve(secure, async (socket) => {
    answers += 1;
    if (answers === 1) {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n`);
      socket.write(BODY.subarray(0, 100_000));
      await asked;
      socket.write(BODY.subarray(100_000));
      return;
    }
    for (const byte of `HTTP/1.1 200 OK\r\nX-First: one\r\nX-Second: two\r\nContent-Length: 3\r\n\r\nend`) {
      socket.write(byte);
      await sleep(1);
    }
  });
  const { body } = await client.request('GET', root);
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    hash.update(chunk);
    length += chunk.length;
    if (length === 100_000) more();
    giveBack(chunk);
  }
  expect(hash.digest('hex')).toBe(DIGEST);
  // The connection is free again.
  for (let turn = 0; turn < 5; turn++) await setImmediate();
  const second = await client.request('GET', root);
  expect([headerOf(second, 'x-first'), headerOf(second, 'x-second'), await client.text(second, 10)]).toEqual(['one', 'two', 'end']);
  expect(sockets).toHaveLength(1);
});

test('a body that is cut is an error, not an end', async () => {
  const root = await serve(true, async (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n`);
    socket.write(BODY.subarray(0, -1), () => socket.destroy());
    await Promise.resolve();
  });
  await expect(hashStream((await client.request('GET', root)).body, ['sha256'])).rejects.toThrow();
});

test('a long body that nobody wants does no harm to the next one', async () => {
  const root = await serve(false, whole);
  await discard(await client.request('GET', root));
  expect((await hashStream((await client.request('GET', root)).body, ['sha256'])).checksums.sha256).toBe(`sha256:${DIGEST}`);
});
