import { Readable } from 'node:stream';
import { PutBucketVersioningCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOSTILE_NAMES, S3Fixture, S3_FIXTURE_TITLE, S3_FIXTURE_USER } from '../../../../e2e/servers/s3-fixture.ts';
import { evidenceLevel } from '../../../../shared/storage/evidence.ts';
import { contents, listed, pattern, sourceOf, store } from '../../testing/subject.ts';
import type { S3Location } from './location.ts';
import { connectTo, freshBucket, outsideClient, type TestServer, versionsIn } from './s3-bucket-fixture.ts';

const MIB = 1024 * 1024;
const SMALL = pattern(300_000, 3);
const LARGE = pattern(20 * MIB + 5, 4);
const BOTH: readonly (readonly [string, Buffer])[] = [['sent whole', SMALL], ['sent in parts', LARGE]];
const NEVER_READ = { minimum: 2, readBack: 'never' } as const;

let fixture: S3Fixture;
let server: TestServer;
let client: S3Client;
let bucket = '';
const open: S3Location[] = [];

beforeEach(async () => {
  fixture = await S3Fixture.start();
  server = { endpoint: fixture.endpoint(), user: S3_FIXTURE_USER };
  client = outsideClient(server);
  bucket = await freshBucket(client);
});
afterEach(async () => {
  for (const location of open.splice(0)) await location.close();
  client.destroy();
  await fixture.stop();
});

async function connect(...more: Parameters<typeof connectTo> extends [unknown, unknown, ...infer Rest] ? Rest : never): Promise<S3Location> {
  const location = await connectTo(server, bucket, ...more);
  open.push(location);
  return location;
}

const save = (location: S3Location, bytes: Buffer, name = 'file.bin') => location.file(name).save(sourceOf(bytes, MIB), { size: bytes.length });
const residue = async () => (await fixture.residue()).map((line) => line.replace(`${bucket}/`, ''));

describe(`a server that lies (${S3_FIXTURE_TITLE})`, () => {
  test.each(BOTH)('%s: stores too little, and it is seen by the size; nothing stays', async (_, bytes) => {
    const location = await connect();
    fixture.lies.set({ lie: { kind: 'truncate', to: 1000 } });
    await expect(save(location, bytes)).rejects.toMatchObject({ code: 'size_mismatch' });
    fixture.lies.clear();
    expect(await residue()).toEqual([]);
  });

  test('stores too little of the last part, and it is seen by the size of the whole', async () => {
    const location = await connect();
    fixture.lies.set({ lie: { kind: 'truncate', to: 1000 }, partNumber: 3 });
    await expect(save(location, LARGE)).rejects.toMatchObject({ code: expect.stringMatching(/size_mismatch|checksum_mismatch/) });
    fixture.lies.clear();
    expect(await residue()).toEqual([]);
  });

  test.each(BOTH)('%s: stores other bytes under the right digest, and it is seen by reading back; nothing stays', async (_, bytes) => {
    const location = await connect({ proof: { minimum: 3, readBack: 'always' } });
    fixture.lies.set({ lie: { kind: 'flip', at: 1000 }, times: 1 });
    await expect(save(location, bytes)).rejects.toMatchObject({ code: 'checksum_mismatch' });
    expect(await residue()).toEqual([]);
  });

  test('answers early, and it is never called stored', async () => {
    const location = await connect();
    fixture.lies.set({ lie: { kind: 'answer early', after: 70_000 } });
    await expect(save(location, SMALL)).rejects.toMatchObject({ code: expect.stringMatching(/unavailable|size_mismatch/) });
    await expect(save(location, LARGE)).rejects.toMatchObject({ code: expect.stringMatching(/unavailable|size_mismatch|checksum_mismatch|not_found/) });
  });

  test.each(BOTH)('%s: tells a wrong size, and it is not believed', async (_, bytes) => {
    const location = await connect();
    fixture.lies.set({ lie: { kind: 'head size', size: 7 } });
    await expect(save(location, bytes)).rejects.toMatchObject({ code: 'size_mismatch' });
    fixture.lies.clear();
    expect(await residue()).toEqual([]);
  });

  test('echoes the digests that it is told: none of them counts', async () => {
    fixture.lies.set({ lie: { kind: 'echo checksum' }, key: /./ });
    const location = await connect({ proof: NEVER_READ });
    expect(location.capabilities.serverDigest).toEqual(['md5']);
    const lines = (await location.probe()).lines.map(({ text }) => text);
    expect(lines).toContain('The server does not compare the MD5 that is announced.');
    expect(lines).toContain('The server does not check x-amz-checksum headers.');
    fixture.lies.add({ lie: { kind: 'flip', at: 10 } });
    fixture.requests.length = 0;
    for (const [, bytes] of BOTH) await save(location, bytes);
    // It is told nothing that it could give back.
    for (const { headers } of fixture.requests) expect(Object.keys(headers).filter((name) => /^(content-md5|x-amz-checksum-(?!mode))/.test(name))).toEqual([]);
    expect((await location.details('file.bin')).map(({ label }) => label)).not.toContain('Checksum of the whole (computed by the server)');
  });

  test('lists names that must not be believed: none of them leaves the folder, and the good ones are there', async () => {
    const location = await connect();
    await store(location, 'good.txt', SMALL);
    await store(location, 'folder/inner.txt', SMALL);
    fixture.lies.set({ lie: { kind: 'list', names: HOSTILE_NAMES } });
    const files = await listed(location, '');
    const names = files.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['good.txt', 'folder', 'twice.txt']));
    expect(new Set(names).size).toBe(names.length);
    for (const { name, path } of files) {
      expect(path).toBe(name);
      expect(name).not.toMatch(/^\.{0,2}$|\/|\0/);
      expect(Buffer.byteLength(name)).toBeLessThan(256);
    }
    for (const { path } of await listed(location, 'folder')) expect(path).toMatch(/^folder\/[^/]+$/);
    // Only what lies in the folder is removed, whatever is listed.
    fixture.lies.clear();
    await location.remove('folder', { recursive: true });
    expect(await residue()).toEqual(['good.txt']);
  });
});

describe(`what a server may do to an answer (${S3_FIXTURE_TITLE})`, () => {
  test.each([['PutObject', SMALL], ['CompleteMultipartUpload', LARGE]] as const)('the answer to %s is lost: it is looked up, and the file is stored once', async (operation, bytes) => {
    const location = await connect();
    for (const overwrite of [true, false]) {
      fixture.lies.set({ lie: { kind: 'lose answer' }, operation, times: 1 });
      const name = `${overwrite}.bin`;
      const { evidence } = await location.file(name).save(sourceOf(bytes, MIB), { size: bytes.length, overwrite });
      expect(evidenceLevel(evidence)).toBe(2);
      expect((await contents(location, name)).equals(bytes)).toBe(true);
    }
    expect(await residue()).toEqual(['false.bin', 'true.bin']);
  });

  test('the answer to PutObject is lost again and again: it is still looked up', async () => {
    const location = await connect();
    fixture.lies.set({ lie: { kind: 'lose answer' }, operation: 'PutObject' });
    for (const overwrite of [true, false]) await location.file(`${overwrite}.bin`).save(sourceOf(SMALL), { size: SMALL.length, overwrite });
    fixture.lies.clear();
    expect((await contents(location, 'false.bin')).equals(SMALL)).toBe(true);
  });

  test('parts were put together unseen: the next try finds the file, compares it and sends nothing; with another source it begins anew', async () => {
    for (const source of [LARGE, pattern(LARGE.length, 8)]) {
      const location = await connect();
      let token: string | null = null;
      const saved = (bytes: Buffer) => location.file('file.bin').save(sourceOf(bytes, MIB), { size: bytes.length, resume: { token, keep: (kept) => (token = kept) } });
      fixture.lies.set({ lie: { kind: 'lose answer' }, operation: 'CompleteMultipartUpload' }, { lie: { kind: 'error', status: 503, code: 'InternalError' }, operation: 'HeadObject' });
      await expect(saved(LARGE)).rejects.toMatchObject({ code: 'unavailable' });
      fixture.lies.clear();
      fixture.requests.length = 0;
      const again = await saved(source).catch((error: unknown) => error);
      if (source === LARGE) {
        expect(again).toMatchObject({ resumed: { offset: LARGE.length, proof: 'part digests' } });
        expect(fixture.requests.filter(({ operation }) => operation === 'UploadPart')).toEqual([]);
      } else {
        expect(again).toMatchObject({ retryable: expect.any(Boolean) });
        await saved(source);
      }
      expect((await contents(location, 'file.bin')).equals(source)).toBe(true);
      expect(await residue()).toEqual(['file.bin']);
    }
  });

  test('an error after 200 is an error', async () => {
    const location = await connect();
    fixture.lies.set({ lie: { kind: 'late error', code: 'InternalError' }, operation: 'CompleteMultipartUpload' });
    await expect(save(location, LARGE)).rejects.toMatchObject({ code: expect.stringMatching(/unavailable|rate_limited/) });
    fixture.lies.clear();
    expect(await residue()).toEqual([]);
    await save(location, SMALL, 'a.bin');
    fixture.lies.set({ lie: { kind: 'late error', code: 'AccessDenied' }, operation: 'CopyObject' });
    await expect(location.move('a.bin', 'b.bin')).rejects.toMatchObject({ code: 'permission_denied' });
    fixture.lies.clear();
    expect(await residue()).toEqual(['a.bin']);
  });

  test('a busy server is asked again, then it is said so with the wait that it asks for', async () => {
    const location = await connect();
    const busy = { kind: 'error', status: 503, code: 'SlowDown', headers: { 'retry-after': '1' } } as const;
    fixture.lies.set({ lie: busy, operation: 'PutObject', times: 1 });
    await save(location, SMALL);
    fixture.lies.set({ lie: busy, operation: 'PutObject' });
    await expect(save(location, SMALL)).rejects.toMatchObject({ code: 'rate_limited', retryable: true, context: { retryAfterSeconds: 1 } });
  });

  test.each([
    ['AccessDenied', 403, 'permission_denied'],
    ['QuotaExceeded', 403, 'out_of_space'],
    ['InsufficientStorage', 507, 'out_of_space'],
    ['EntityTooLarge', 400, 'size_limit_exceeded'],
  ])('%s is %s, whole or in parts, and nothing stays', async (code, status, expected) => {
    const location = await connect();
    fixture.lies.set({ lie: { kind: 'error', status, code }, operation: 'PutObject' }, { lie: { kind: 'error', status, code }, operation: 'UploadPart' });
    await expect(save(location, SMALL)).rejects.toMatchObject({ code: expected });
    await expect(save(location, LARGE)).rejects.toMatchObject({ code: expected });
    expect(await residue()).toEqual([]);
  });

  test('a bucket that is full opens, so that something can be removed', async () => {
    await save(await connect(), SMALL);
    fixture.lies.set({ lie: { kind: 'error', status: 403, code: 'QuotaExceeded' }, operation: 'PutObject', key: /./ });
    const location = await connect();
    expect(location.capabilities).toMatchObject({ list: true, delete: true, makeDirectory: false, resume: false });
    await expect(save(location, SMALL, 'other.bin')).rejects.toMatchObject({ code: 'out_of_space' });
    await location.file('file.bin').delete();
    expect(await residue()).toEqual([]);
    expect(await listed(location, '')).toEqual([]);
  });

  test.each([['whole', SMALL, { operation: 'PutObject' }], ['in parts', LARGE, { operation: 'UploadPart', partNumber: 2 }]] as const)('sent %s: what arrives as other bytes is sent again; when it happens always it is said', async (_, bytes, where) => {
    const location = await connect();
    const bad = { kind: 'error', status: 400, code: 'BadDigest' } as const;
    fixture.lies.set({ lie: bad, ...where, times: 1 });
    expect(evidenceLevel((await save(location, bytes)).evidence)).toBe(2);
    fixture.lies.set({ lie: bad, ...where });
    await expect(save(location, bytes, 'other.bin')).rejects.toMatchObject({ code: 'checksum_mismatch' });
    expect(await residue()).toEqual(['file.bin']);
  });

  test('a conflict with another writer is tried again', async () => {
    const location = await connect();
    fixture.lies.set({ lie: { kind: 'error', status: 409, code: 'ConditionalRequestConflict' }, operation: 'PutObject', times: 2 });
    await location.file('a.bin').save(sourceOf(SMALL), { size: SMALL.length, overwrite: false });
    expect((await contents(location, 'a.bin')).equals(SMALL)).toBe(true);
  });

  test('silence ends in time', async () => {
    const location = await connect({ options: { timeout: 0.5 } });
    fixture.lies.set({ lie: { kind: 'stall' } });
    await expect(save(location, SMALL)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('silent') });
    await expect(location.stat('a')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(listed(location, '')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe(`digests (${S3_FIXTURE_TITLE})`, () => {
  test('a file that is sent whole is known by a checksum of the whole, and was checked on the way', async () => {
    const location = await connect({ proof: NEVER_READ });
    const { evidence } = await save(location, SMALL);
    expect(evidence.map(({ level, algorithm }) => [level, algorithm])).toEqual([[0, null], [1, 'crc64nvme'], [1, 'sha256'], [2, 'crc64nvme']]);
  });

  test('so is a file in parts, and each part was checked', async () => {
    const location = await connect({ proof: NEVER_READ });
    const { evidence } = await save(location, LARGE);
    expect(evidence.map(({ level, algorithm, parts }) => [level, algorithm, parts])).toEqual([[0, null, undefined], [1, 'crc64nvme', 3], [2, 'crc64nvme', undefined]]);
    const sent = fixture.requests.filter(({ operation, key }) => operation === 'UploadPart' && key === 'file.bin');
    expect(sent.every(({ headers }) => headers['x-amz-checksum-crc64nvme'] !== undefined)).toBe(true);
    expect(fixture.requests.filter(({ operation, key }) => operation === 'CompleteMultipartUpload' && key === 'file.bin').map(({ headers }) => [headers['x-amz-checksum-type'], headers['x-amz-mp-object-size']])).toEqual([['FULL_OBJECT', String(LARGE.length)]]);
  });

  test('only what was announced in a header is ever sent: no trailers, no framing', async () => {
    const location = await connect();
    await save(location, SMALL);
    await save(location, LARGE);
    for (const { headers } of fixture.requests) {
      expect(headers['content-encoding'] ?? '').not.toContain('aws-chunked');
      expect(headers['x-amz-trailer']).toBeUndefined();
      expect(headers['transfer-encoding']).toBeUndefined();
    }
  });

  test('parts that are too large to be held are sent while they are read', async () => {
    const location = await connect({ options: { partSize: 40 }, proof: NEVER_READ });
    const bytes = pattern(50 * MIB, 6);
    const { evidence } = await save(location, bytes);
    expect(evidenceLevel(evidence)).toBe(2);
    expect((await contents(location, 'file.bin')).equals(bytes)).toBe(true);
  });
});

describe(`a bucket that keeps versions (${S3_FIXTURE_TITLE})`, () => {
  beforeEach(async () => {
    await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  });

  test('a probe leaves none behind', async () => {
    const location = await connect();
    expect(location.capabilities.versions).toBe(true);
    expect(await versionsIn(client, bucket)).toBe(0);
  });

  test.each(BOTH)('%s: a bad copy is taken back by its version, and the old file is there again', async (_, bytes) => {
    const location = await connect({ proof: { minimum: 3, readBack: 'always' } });
    await store(location, 'file.bin', Buffer.from('old'));
    fixture.lies.set({ lie: { kind: 'flip', at: 10 }, times: 1 });
    await expect(save(location, bytes)).rejects.toMatchObject({ code: 'checksum_mismatch' });
    expect((await contents(location, 'file.bin')).toString()).toBe('old');
    expect(await versionsIn(client, bucket)).toBe(1);
  });

  test('versions are told newest first, with the notes of deletions, and each can be read', async () => {
    const location = await connect();
    const first = await location.file('a').save(Readable.from([Buffer.from('1')]), { size: 1 });
    const second = await location.file('a').save(Readable.from([Buffer.from('22')]), { size: 2 });
    await store(location, 'ab', SMALL);
    await location.file('a').delete();
    const versions = [];
    for await (const page of location.versions('a')) versions.push(...page);
    expect(versions.map(({ size, latest, deleteMarker }) => [size, latest, deleteMarker])).toEqual([[null, true, true], [2, false, false], [1, false, false]]);
    expect(versions.slice(1).map(({ versionId }) => versionId)).toEqual([second.versionId, first.versionId]);
    await expect(location.file('a').open()).rejects.toMatchObject({ code: 'not_found' });
    await expect(location.stat('a')).rejects.toMatchObject({ code: 'not_found' });
    const old = location.file('a', { versionId: first.versionId ?? '' });
    expect(await old.size()).toBe(1);
    expect(await old.checksum({ algorithm: 'md5' })).toBe('md5:c4ca4238a0b923820dcc509a6f75849b');
    for await (const piece of await old.open()) expect(String(piece)).toBe('1');
    await expect(old.save(sourceOf(SMALL))).rejects.toMatchObject({ code: 'unsupported' });
    await old.delete();
    await expect(old.open()).rejects.toMatchObject({ code: 'not_found' });
    for await (const page of location.versions('a')) expect(page).toHaveLength(2);
    await expect((async () => { for await (const page of location.versions('none')) expect(page).toEqual([]); })()).rejects.toMatchObject({ code: 'not_found' });
  });
});
