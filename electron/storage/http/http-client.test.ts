import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { StorageError } from '../../../shared/storage/errors.ts';
import { type Authorization, HttpClient, discard } from './http-client.ts';

let server: Server | null = null;
let client: HttpClient | null = null;
afterEach(async () => {
  await client?.close();
  server?.close();
});

interface Seen {
  readonly token: string | undefined;
  readonly length: string | undefined;
  readonly body: string;
}

/** Takes one token only. */
async function listen(token: string, seen: Seen[]): Promise<string> {
  const bodyOf = async (request: IncomingMessage): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };
  const listening = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const given = request.headers['x-token'];
      seen.push({ token: typeof given === 'string' ? given : undefined, length: request.headers['content-length'], body });
      response.writeHead(given === token ? 200 : 401).end();
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`;
}

function renewing(renewed: () => Promise<string>): Authorization {
  let token = 'old';
  return {
    secrets: [],
    headersFor: () => ({ 'x-token': token }),
    learn: async (_, sent) => {
      expect(sent).toEqual({ 'x-token': 'old' });
      token = await renewed();
      return true;
    },
  };
}

test('a body in pieces is sent whole, and again with a token that was fetched meanwhile', async () => {
  const seen: Seen[] = [];
  const root = await listen('new', seen);
  client = new HttpClient({ root, trust: null, silence: 5000, authorization: renewing(() => sleep(10, 'new')) });
  const answer = await client.request('PUT', root, { body: [Buffer.from('one '), Buffer.from('two')], headers: { 'content-length': '7' } });
  await discard(answer);
  expect(seen).toEqual(['old', 'new'].map((token) => ({ token, length: '7', body: 'one two' })));
});

test('the failure to fetch a token is what the request fails with', async () => {
  const root = await listen('new', []);
  const refused = new StorageError('authentication_failed', 'The key is wrong.');
  client = new HttpClient({ root, trust: null, silence: 5000, authorization: renewing(() => Promise.reject(refused)) });
  await expect(client.request('GET', root)).rejects.toBe(refused);
});

test.each([
  ['GET', 2],
  ['PROPFIND', 2],
  ['PUT', 1],
] as const)('a %s whose connection is cut before the answer is sent %i times', async (method, times) => {
  const seen: string[] = [];
  const listening = createServer((request, response) => {
    seen.push(request.method ?? '');
    if (seen.length === 1) request.socket.destroy();
    else response.end('ok');
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const root = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`;
  client = new HttpClient({ root, authorization: null, trust: null, silence: 2000 });
  const asked = client.send(method, root, method === 'PUT' ? { body: Buffer.from('x') } : {});
  if (times === 1) await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
  else await discard(await asked);
  expect(seen).toEqual(Array.from({ length: times }, () => method));
});

test('looking at files does not cost a connection each', async () => {
  const root = await listen('token', []);
  let connections = 0;
  server?.on('connection', () => (connections += 1));
  client = new HttpClient({ root, trust: null, silence: 5000, authorization: renewing(() => Promise.resolve('token')) });
  for (let time = 0; time < 5; time++) await discard(await client.send('HEAD', root));
  expect(connections).toBeLessThan(3);
});
