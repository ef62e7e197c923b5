import { Transform } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HttpServer } from '../../../../e2e/servers/http-server.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { KIB, MIB, pattern, readAll, rejectsWith, sameBytes, sourceOf, store } from '../../testing/subject.ts';
import { connectTo } from './http-fixture.ts';

const PATH = 'folder/file.bin';
const BYTES = pattern(3 * MIB);
const TOKEN = 'tok-98765';

let server: HttpServer;
let location: StorageLocation;

beforeEach(async () => {
  server = await HttpServer.start({ token: TOKEN });
  location = await connectTo(server);
});
afterEach(async () => {
  await location.close();
  await server.stop();
});

const save = (bytes: Uint8Array = BYTES, path = PATH) => location.file(path).save(sourceOf(bytes), { size: bytes.length });

/** Fails once so many bytes went through, after `before` was done. */
function cutAfter(bytes: number, before: () => Promise<unknown> = () => Promise.resolve()): Transform {
  let seen = 0;
  return new Transform({
    transform: (chunk: Uint8Array, _encoding, done) => {
      seen += chunk.length;
      if (seen <= bytes) done(null, chunk);
      else void before().then(() => done(new Error('the line was cut')), done);
    },
  });
}

describe('a server that stores other bytes', () => {
  test('one flipped byte fails with both digests, and the bad copy is gone', async () => {
    server.faults.set({ fault: { kind: 'flip', at: 5 }, method: 'PUT' });
    const error = await rejectsWith(() => save(), 'checksum_mismatch');
    expect(error.context['expected']).toMatch(/^sha256:/);
    expect(error.context['found']).not.toBe(error.context['expected']);
    expect(error.context['published']).toBe(false);
    expect(await server.residue()).toEqual([]);
  });

  test('one flipped byte is found without digests of the server too, by reading back', async () => {
    server.options.digests = [];
    const plain = await connectTo(server);
    server.faults.set({ fault: { kind: 'flip', at: 5 }, method: 'PUT' });
    await rejectsWith(() => plain.file(PATH).save(sourceOf(BYTES), { size: BYTES.length }), 'checksum_mismatch');
    expect(await server.residue()).toEqual([]);
    await plain.close();
  });

  test('a truncated file fails by its size', async () => {
    server.faults.set({ fault: { kind: 'truncate', to: 100 }, method: 'PUT' });
    const error = await rejectsWith(() => save(), 'size_mismatch');
    expect(error.context).toMatchObject({ expected: BYTES.length, found: 100 });
    expect(await server.residue()).toEqual([]);
  });

  test('a wrong size in HEAD is not believed', async () => {
    server.faults.set({ fault: { kind: 'head size', size: 7 } });
    await rejectsWith(() => save(), 'size_mismatch');
  });

  test('a digest that only echoes what was received is caught by the policy that reads back', async () => {
    const careful = await connectTo(server, { proof: { minimum: 3, readBack: 'always' } });
    server.faults.set({ fault: { kind: 'echo digest' } }, { fault: { kind: 'flip', at: 5 }, method: 'PUT' });
    await rejectsWith(() => careful.file(PATH).save(sourceOf(BYTES), { size: BYTES.length }), 'checksum_mismatch');
    expect(await server.residue()).toEqual([]);
    await careful.close();
  });

  test.each(['<html>ok</html>', 'md5:d41d8cd98f00b204e9800998ecf8427e', `sha256:${'0'.repeat(63)}`, 'x'.repeat(5000)])('the answer %.30j is no digest, so the file is read back', async (body) => {
    server.faults.set({ fault: { kind: 'digest', body } });
    const { evidence } = await save();
    expect(evidence.at(-1)).toMatchObject({ level: 3, by: 'holdfast' });
  });
});

describe('a server that refuses', () => {
  test.each([
    [401, 'authentication_failed'],
    [403, 'permission_denied'],
    [413, 'size_limit_exceeded'],
    [429, 'rate_limited'],
    [503, 'unavailable'],
    [507, 'out_of_space'],
  ] as const)('%i is %s with its words, and no token', async (status, code) => {
    server.faults.set({ fault: { kind: 'status', status, body: `No \u001b[31mroom\u001b[0m for ${TOKEN}`, headers: { 'retry-after': '3' } }, method: 'PUT' });
    const error = await rejectsWith(() => save(), code);
    expect(error.message).toContain('No room for ***');
    expect(JSON.stringify(error.toRecord())).not.toContain(TOKEN);
    expect(error.context).toMatchObject({ status, retryAfterSeconds: 3 });
    expect(await server.residue()).toEqual([]);
  });

  test('a refusal in the middle of a long upload ends it', async () => {
    server.options.maximumBody = 100 * KIB;
    await rejectsWith(() => save(), 'size_limit_exceeded');
    await rejectsWith(() => location.file(PATH).save(sourceOf(BYTES)), 'size_limit_exceeded');
    expect(await server.residue()).toEqual([]);
  });

  test('503 a few times, then it works again', async () => {
    server.faults.set({ fault: { kind: 'status', status: 503 }, method: 'PUT', times: 2 });
    await rejectsWith(() => save(), 'unavailable');
    await rejectsWith(() => save(), 'unavailable');
    expect((await save()).evidence.at(-1)?.level).toBe(2);
  });

  test('another token is refused at once', async () => {
    await rejectsWith(() => connectTo(server, { secret: 'wrong' }), 'authentication_failed');
    await rejectsWith(() => connectTo(server, { secret: null }), 'authentication_failed');
  });
});

describe('a server that goes away', () => {
  test('one that takes nothing and never answers is given up', async () => {
    server.faults.set({ fault: { kind: 'stall' }, method: 'PUT' });
    await rejectsWith(() => save(), 'unavailable');
    await rejectsWith(() => save(pattern(10)), 'unavailable');
    await rejectsWith(() => save(pattern(40 * MIB)), 'unavailable');
    expect(server.store.paths()).toEqual([]);
  });

  test('a connection that is cut leaves nothing', async () => {
    server.faults.set({ fault: { kind: 'cut', after: MIB }, method: 'PUT' });
    await rejectsWith(() => save(), 'unavailable');
    expect(await server.residue()).toEqual([]);
  });

  test('a lost answer is looked up by digest, not taken for a failure', async () => {
    server.faults.set({ fault: { kind: 'lose answer' }, method: 'PUT', times: 1 });
    const { evidence } = await location.file(PATH).save(sourceOf(BYTES), { size: BYTES.length, overwrite: false });
    expect(evidence.at(-1)?.level).toBe(2);
    sameBytes(await server.store.read(PATH), BYTES, 'stored');
  });

  test('a lost answer and other bytes is a failure', async () => {
    server.faults.set({ fault: { kind: 'lose answer' }, method: 'PUT', times: 1 }, { fault: { kind: 'flip', at: 1 }, method: 'PUT' });
    await rejectsWith(() => save(), 'unavailable');
  });

  test('a cut upload is removed from a server that shows the piece, where nothing lay before', async () => {
    server.options.keepPartial = true;
    await expect(location.file(PATH).save(sourceOf(BYTES).pipe(cutAfter(2 * MIB)), { size: BYTES.length })).rejects.toThrow('the line was cut');
    expect(server.requests.some(({ method }) => method === 'DELETE')).toBe(true);
    expect(await server.residue()).toEqual([]);
  });

  test('what lay under the name before is never removed after a cut upload', async () => {
    await save(pattern(100 * KIB));
    server.options.keepPartial = true;
    await expect(location.file(PATH).save(sourceOf(BYTES).pipe(cutAfter(2 * MIB)), { size: BYTES.length })).rejects.toThrow('the line was cut');
    expect(await server.residue()).not.toEqual([]);
  });

  test('what somebody else stored during a cut upload is never removed', async () => {
    const theirs = pattern(5 * KIB).map((byte) => 255 - byte);
    const file = location.file(PATH);
    const stored = file.save(sourceOf(BYTES).pipe(cutAfter(2 * MIB, () => fetch(file.uri, { method: 'PUT', body: theirs, headers: { authorization: `Bearer ${TOKEN}` } }))), { size: BYTES.length });
    await expect(stored).rejects.toThrow('the line was cut');
    expect(await readAll(await location.file(PATH).open())).toEqual(Buffer.from(theirs));
  });

  test('an upload that is canceled while the server is slow leaves nothing', async () => {
    server.faults.set({ fault: { kind: 'slow', bytesPerSecond: MIB }, method: 'PUT' });
    const abort = new AbortController();
    const saved = location.file(PATH).save(sourceOf(pattern(20 * MIB)), { size: 20 * MIB, signal: abort.signal, onProgress: ({ bytes }) => bytes > 2 * MIB && abort.abort() });
    await rejectsWith(() => saved, 'canceled');
    expect(await server.residue()).toEqual([]);
  });
});

describe('a server that moves files', () => {
  test('where POST says so, the file is there from then on', async () => {
    server.faults.set({ fault: { kind: 'move', to: 'pool/17.bin' }, method: 'POST' });
    const file = location.file(PATH);
    const { uri } = await file.initialize(BYTES.length);
    expect(uri).toBe(`${server.url()}pool/17.bin`);
    const saved = await file.save(sourceOf(BYTES), { size: BYTES.length });
    expect(saved.uri).toBe(uri);
    expect(await server.residue()).toEqual(['pool/17.bin']);
    sameBytes(await readAll(await file.open()), BYTES, 'read back');
  });

  test('where PUT says so, it is proven there', async () => {
    server.faults.set({ fault: { kind: 'move', to: 'pool/18.bin' }, method: 'PUT' });
    const file = location.file(PATH);
    const { uri, evidence } = await file.save(sourceOf(BYTES), { size: BYTES.length });
    expect(uri).toBe(`${server.url()}pool/18.bin`);
    expect(evidence.at(-1)?.level).toBe(2);
    await file.delete();
    expect(await server.residue()).toEqual([]);
  });

  test('to another server is refused', async () => {
    server.faults.set({ fault: { kind: 'status', status: 201, headers: { location: 'http://127.0.0.2:9/stolen' } }, method: 'POST' });
    await rejectsWith(() => location.file(PATH).initialize(5), 'untrusted_server');
  });
});

test('the length is sent first where it is known, so that the server can refuse before the bytes come', async () => {
  await save();
  await location.file('unknown.bin').save(sourceOf(BYTES));
  await location.file('small.bin').save(sourceOf(pattern(10)));
  const lengths = server.requests.filter(({ method, path }) => method === 'PUT' && !path.includes('probe')).map(({ headers }) => headers['content-length'] ?? headers['transfer-encoding']);
  expect(lengths).toEqual([String(BYTES.length), 'chunked', '10']);
});

test('saves to one name at the same time prove each its own bytes', async () => {
  const contents = Array.from({ length: 12 }, (_, seed) => pattern(50 * KIB, seed + 1));
  const saved = await Promise.allSettled(contents.map((bytes) => save(bytes)));
  expect(saved.map(({ status }) => status)).toEqual(contents.map(() => 'fulfilled'));
});

test('an update of many parts puts each in its place', async () => {
  const bytes = pattern(12 * MIB, 1);
  const part = pattern(9 * MIB + 5, 2);
  const file = await store(location, PATH, bytes);
  await file.update(sourceOf(part), { seek: 1000 });
  part.copy(bytes, 1000);
  sameBytes(await server.store.read(PATH), bytes, 'updated');
});

test('allocating more than fits is refused before the bytes come', async () => {
  server.options.capacity = 1000;
  await rejectsWith(() => location.file(PATH).initialize(1001), 'out_of_space');
});

test('a read-only location asks for nothing that writes', async () => {
  await store(location, 'there.bin', pattern(100));
  server.requests.length = 0;
  const reader = await connectTo(server, { options: { readOnly: true } });
  await rejectsWith(() => reader.file(PATH).save(sourceOf(BYTES)), 'permission_denied');
  await rejectsWith(() => reader.file(PATH).initialize(1), 'permission_denied');
  await rejectsWith(() => reader.file('there.bin').delete(), 'permission_denied');
  await reader.file('there.bin').open({ start: 5 }).then(readAll);
  expect(new Set(server.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
  await reader.close();
});
