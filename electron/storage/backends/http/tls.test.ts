import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthority, type TestAuthority } from '../../../../e2e/servers/certificates.ts';
import { HttpServer } from '../../../../e2e/servers/http-server.ts';
import { contents, pattern, rejectsWith, sameBytes, store } from '../../testing/subject.ts';
import { connectTo } from './http-fixture.ts';

let authority: TestAuthority;
let server: HttpServer;
let folder: string;

beforeAll(async () => {
  authority = await createAuthority(['IP:127.0.0.1']);
  server = await HttpServer.start({ token: 'tok' }, authority);
  folder = await mkdtemp(join(tmpdir(), 'holdfast-ca-'));
});
afterAll(async () => {
  await server.stop();
  await authority.remove();
  await rm(folder, { recursive: true });
});

test('a server is trusted by the authority in the file', async () => {
  const location = await connectTo(server, { options: { caFile: authority.caFile } });
  await store(location, 'a.bin', pattern(1000));
  sameBytes(await contents(location, 'a.bin'), pattern(1000), 'over TLS');
  await location.close();
});

test('without it the server is not trusted and never sees the token', async () => {
  server.requests.length = 0;
  const error = await rejectsWith(() => connectTo(server), 'untrusted_server');
  expect(error.retryable).toBe(false);
  expect(server.requests).toEqual([]);
});

test('another authority does not help', async () => {
  const other = await createAuthority(['IP:127.0.0.1']);
  await rejectsWith(() => connectTo(server, { options: { caFile: other.caFile } }), 'untrusted_server');
  await other.remove();
});

test('a certificate for another name is not trusted', async () => {
  const error = await rejectsWith(() => connectTo(server, { uri: server.url('localhost'), options: { caFile: authority.caFile } }), 'untrusted_server');
  expect(error.context['system']).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
});

test('NODE_EXTRA_CA_CERTS counts too', async () => {
  process.env['NODE_EXTRA_CA_CERTS'] = authority.caFile;
  try {
    await (await connectTo(server)).close();
  } finally {
    delete process.env['NODE_EXTRA_CA_CERTS'];
  }
});

test('a server that speaks no TLS is said to be so', async () => {
  const plain = await HttpServer.start();
  const error = await rejectsWith(() => connectTo(plain, { uri: plain.url().replace('http:', 'https:') }), 'unavailable');
  expect(error.message).toMatch(/secure connection/);
  await plain.stop();
});

test.each([
  ['nothing.pem', null],
  ['empty.pem', ''],
  ['text.pem', 'hello'],
  ['broken.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
])('the authority file %s is refused', async (name, text) => {
  const caFile = join(folder, name);
  if (text !== null) await writeFile(caFile, text);
  const error = await rejectsWith(() => connectTo(server, { options: { caFile } }), 'invalid_config');
  expect(error.context['field']).toBe('caFile');
});
