import { createServer as createPlain } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createAuthority } from '../../../../e2e/servers/certificates.ts';
import { rejectsWith } from '../../testing/subject.ts';
import { connectSwift } from './swift-harness.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const action of undo.splice(0)) await action();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => new Promise((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

test('a sign-in over https that names a storage address without it is not followed: no token goes there', async () => {
  const authority = await createAuthority(['IP:127.0.0.1']);
  undo.push(() => authority.remove());
  let asked = 0;
  const storage = await listen(createPlain((_request, response) => {
    asked += 1;
    response.end();
  }));
  const door = await listen(createServer(authority, (_request, response) => response.setHeader('x-auth-token', 'token').setHeader('x-storage-url', `http://127.0.0.1:${storage}/v1/AUTH_a`).end()));
  const user = { authUrl: `https://127.0.0.1:${door}/auth/v1.0`, user: 'a:b', key: 'key' };
  const error = await rejectsWith(() => connectSwift(user, 'c', { caFile: authority.caFile }), 'untrusted_server');
  expect(error.message).toContain(`http://127.0.0.1:${storage}/v1/AUTH_a`);
  expect(error.context['field']).toBe('storageUrl');
  expect(asked).toBe(0);
});
