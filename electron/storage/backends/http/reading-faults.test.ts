import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HttpServer } from '../../../../e2e/servers/http-server.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { wrapError } from '../../wrap-error.ts';
import { MIB, listed, pattern, readAll, rejectsWith, sameBytes, store } from '../../testing/subject.ts';
import { connectTo } from './http-fixture.ts';

const PATH = 'folder/file.bin';
const BYTES = pattern(3 * MIB);

let server: HttpServer;
let location: StorageLocation;

beforeEach(async () => {
  server = await HttpServer.start();
  location = await connectTo(server);
  await store(location, PATH, BYTES);
  server.requests.length = 0;
});
afterEach(async () => {
  await location.close();
  await server.stop();
});

/** As a transfer sees it. */
async function failureOfRead(): Promise<unknown> {
  const stream = await location.file(PATH).open();
  return readAll(stream).then(() => null, (error: unknown) => wrapError(error, 'read'));
}

describe('a download', () => {
  test('that is cut is never taken for whole', async () => {
    server.faults.set({ fault: { kind: 'cut', after: MIB }, method: 'GET' });
    expect(await failureOfRead()).toMatchObject({ code: 'unavailable', retryable: true });
  });

  test('that stops coming is given up', async () => {
    server.faults.set({ fault: { kind: 'stall download', after: MIB }, method: 'GET' });
    expect(await failureOfRead()).toMatchObject({ code: 'unavailable', retryable: true });
  });

  test('of a server that never answers is given up', async () => {
    server.faults.set({ fault: { kind: 'stall' } });
    await rejectsWith(() => location.file(PATH).open(), 'unavailable');
    await rejectsWith(() => location.stat(PATH), 'unavailable');
    await rejectsWith(() => listed(location, ''), 'unavailable');
    await rejectsWith(() => location.file(PATH).checksum(), 'unavailable');
  });

  test('that the reader gives up does not end the process', async () => {
    const stream = await location.file(PATH).open();
    stream.destroy();
    sameBytes(await readAll(await location.file(PATH).open()), BYTES, 'read afterwards');
  });

  test('of a folder says that it is one', async () => {
    await rejectsWith(() => location.file('folder').open(), 'invalid_location');
    await rejectsWith(() => location.file('folder').size(), 'invalid_location');
    expect((await location.stat('folder')).kind).toBe('folder');
  });

  test('that comes compressed is refused, because those are not the stored bytes', async () => {
    server.faults.set({ fault: { kind: 'status', status: 200, body: 'zzz', headers: { 'content-encoding': 'gzip' } }, method: 'GET' });
    await rejectsWith(() => location.file(PATH).open(), 'unsupported');
  });

  test('of a part that comes from elsewhere or whole is refused', async () => {
    server.options.ranges = false;
    await rejectsWith(() => location.file(PATH).open({ start: 5 }), 'unsupported');
    server.faults.set({ fault: { kind: 'status', status: 206, body: 'abc', headers: { 'content-range': 'bytes 0-2/9' } }, method: 'GET' });
    await rejectsWith(() => location.file(PATH).open({ start: 5 }), 'unsupported');
  });
});

describe('redirects', () => {
  test('inside the server are followed', async () => {
    server.faults.set({ fault: { kind: 'redirect', to: '/folder/file.bin' }, path: 'alias.bin' });
    sameBytes(await readAll(await location.file('alias.bin').open()), BYTES, 'by its other name');
    expect((await location.stat('alias.bin')).uri).toBe(`${server.url()}folder/file.bin`);
  });

  test('to another server are not, and it never sees the token', async () => {
    const other = await HttpServer.start();
    const secret = await connectTo(server, { secret: 'tok-1234' });
    server.faults.set({ fault: { kind: 'redirect', to: `${other.url()}folder/file.bin` } });
    await rejectsWith(() => secret.file(PATH).open(), 'untrusted_server');
    await rejectsWith(() => secret.stat(PATH), 'untrusted_server');
    await rejectsWith(() => secret.file(PATH).initialize(1), 'untrusted_server');
    await rejectsWith(() => secret.file(PATH).delete(), 'untrusted_server');
    await rejectsWith(() => store(secret, 'new.bin', pattern(10)), 'untrusted_server');
    expect(other.requests).toEqual([]);
    await secret.close();
    await other.stop();
  });

  test('in a circle end', async () => {
    server.faults.set({ fault: { kind: 'redirect', to: '/round.bin' }, path: 'round.bin' });
    await rejectsWith(() => location.file('round.bin').open(), 'unavailable');
    expect(server.requests).toHaveLength(6);
  });

  test('of a DELETE are not followed, so nothing else is deleted', async () => {
    server.faults.set({ fault: { kind: 'redirect', to: '/folder/file.bin' }, method: 'DELETE' });
    await rejectsWith(() => location.file('alias.bin').delete(), 'unsupported');
    expect(await server.residue()).toEqual([PATH]);
  });

  test('of a PUT are not followed, because the bytes cannot be sent twice', async () => {
    server.faults.set({ fault: { kind: 'redirect', to: '/other.bin' }, method: 'PUT' });
    await rejectsWith(() => store(location, 'new.bin', BYTES), 'unsupported');
    expect(await server.residue()).toEqual([PATH]);
  });
});

describe('a listing', () => {
  test('with names that lead outside shows only the good ones', async () => {
    const entries = ['../../etc/passwd', '..', '/etc', 'good.bin', 'good.bin', 'nul\0'].map((name) => ({ name, type: 'file', size: 1, mtime: 'Wed, 04 Jun 2025 10:00:00 GMT' }));
    server.faults.set({ fault: { kind: 'listing', body: JSON.stringify(entries) } });
    expect((await listed(location, '')).map(({ path }) => path)).toEqual(['good.bin']);
  });

  test('that is no list is said to be none', async () => {
    for (const body of ['{"a":1}', '[{"name":', 'null', '<html></html>']) {
      server.faults.set({ fault: { kind: 'listing', body } });
      await rejectsWith(() => listed(location, ''), 'unsupported');
    }
  });

  test('that never ends is not read to its end', async () => {
    server.faults.set({ fault: { kind: 'listing', body: `[${' '.repeat(33 * MIB)}]` } });
    await rejectsWith(() => listed(location, ''), 'unsupported');
  });

  test('shows folders that came to be by saving into them, and they can be removed', async () => {
    await store(location, 'folder/a b/ü.bin', pattern(5));
    expect((await listed(location, 'folder')).map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual(['file folder/file.bin', 'folder folder/a b']);
    await rejectsWith(() => location.remove('folder'), 'already_exists');
    await location.remove('folder', { recursive: true });
    expect(await server.residue()).toEqual([]);
  });
});

test('a server that ignores ?checksum= is not asked for the whole file', async () => {
  server.options.digests = [];
  const before = await location.file(PATH).checksum().catch((error: unknown) => error);
  expect(before).toMatchObject({ code: 'unsupported' });
  const plain = await connectTo(server);
  expect(plain.capabilities.serverDigest).toEqual([]);
  expect(await plain.file(PATH).checksum()).toBeNull();
  await plain.close();
});

test('a file that holds a digest as text is not taken for the answer of a server', async () => {
  server.options.digests = [];
  const plain = await connectTo(server);
  await store(plain, 'SHA256SUM', Buffer.from(`sha256:${'0'.repeat(64)}`));
  expect(await plain.file('SHA256SUM').checksum()).toBeNull();
  await plain.close();
});

test('a digest as text is one too', async () => {
  server.options.digestForm = 'text';
  expect(await location.file(PATH).checksum()).toMatch(/^sha256:[0-9a-f]{64}$/);
});
