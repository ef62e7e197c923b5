import { X509Certificate } from 'node:crypto';
import { Pool } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type TestAuthority, createAuthority } from '../../../e2e/servers/certificates.ts';
import { ConnectProxy } from '../../../e2e/servers/connect-proxy.ts';
import { HttpServer } from '../../../e2e/servers/http-server.ts';
import { SocksProxy } from '../../../e2e/servers/socks-proxy.ts';
import { trustOfferOf } from '../../../shared/storage/trust-offer.ts';
import { StorageError } from '../../../shared/storage/errors.ts';
import { createConnector } from './connector.ts';
import type { ProxyAddress } from './proxy.ts';
import { type Trust, createTrust } from './trust.ts';

const NAME = 'files.holdfast.test';
let authority: TestAuthority;
let server: HttpServer;
const pools: Pool[] = [];
const proxies: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  authority = await createAuthority([`DNS:${NAME}`]);
});

beforeEach(async () => {
  server = await HttpServer.start({}, authority);
});

afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.destroy();
  for (const proxy of proxies.splice(0)) await proxy.stop();
  await server.stop();
});

afterAll(() => authority.remove());

function ask(url: string, trust: Trust | null, proxy: ProxyAddress | null): Promise<number> {
  const { origin } = new URL(url);
  const pool = new Pool(origin, { connect: createConnector({ trust, proxy, timeout: 20_000 }) });
  pools.push(pool);
  return pool.request({ method: 'GET', path: '/' }).then(async ({ statusCode, body }) => {
    await body.dump();
    return statusCode;
  });
}

test.each(['http', 'socks5', 'socks4'] as const)('over a %s proxy the server is reached, and its certificate is looked at all the same', async (kind) => {
  const proxy = kind === 'http' ? await ConnectProxy.start({ names: { [NAME]: '127.0.0.1' } }) : await SocksProxy.start({ names: { [NAME]: '127.0.0.1' } });
  proxies.push(proxy);
  const way = { kind, host: '127.0.0.1', port: proxy.port };
  expect(await ask(server.url(NAME), await createTrust({ caFile: authority.caFile }), way)).toBe(200);
  expect(proxy.asked.at(-1)).toContain(`${NAME}:`);

  const asked = server.requests.length;
  const failure: unknown = await ask(server.url(NAME), await createTrust(), way).catch((error: unknown) => error);
  expect(failure instanceof StorageError && trustOfferOf(failure)).toMatchObject({ trust: 'unknown', trustValue: new X509Certificate(authority.cert).fingerprint256 });
  expect(await ask(server.url(NAME), await createTrust({ pin: new X509Certificate(authority.cert).fingerprint256 }), way)).toBe(200);
  await expect(ask(server.url(NAME), await createTrust({ pin: 'AB'.repeat(32) }), way)).rejects.toMatchObject({ code: 'untrusted_server' });
  expect(server.requests.length, 'the untrusted ones said nothing').toBe(asked + 1);
});

test('without the proxy that name cannot be reached', async () => {
  await expect(ask(server.url(NAME), await createTrust({ caFile: authority.caFile }), null)).rejects.toMatchObject({ code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) as string });
});

test('plain HTTP goes through the proxy as well', async () => {
  const plain = await HttpServer.start();
  const proxy = await ConnectProxy.start({ names: { [NAME]: '127.0.0.1' } });
  proxies.push(proxy, plain);
  expect(await ask(plain.url(NAME), null, { kind: 'http', host: '127.0.0.1', port: proxy.port })).toBe(200);
  expect(proxy.asked).toHaveLength(1);
});
