import { AbortMultipartUploadCommand, CreateMultipartUploadCommand, HeadObjectCommand, PutBucketVersioningCommand, PutObjectCommand, PutObjectTaggingCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { S3Fixture, S3_FIXTURE_TITLE, S3_FIXTURE_USER } from '../../../../e2e/servers/s3-fixture.ts';
import { contents, listed, pattern, sourceOf, store } from '../../testing/subject.ts';
import type { S3Location } from './location.ts';
import { connectTo, freshBucket, outsideClient, residueOf, type TestServer } from './s3-bucket-fixture.ts';

const MIB = 1024 * 1024;
const LARGE = pattern(20 * MIB + 5, 4);

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
  vi.useRealTimers();
  for (const location of open.splice(0)) await location.close();
  client.destroy();
  await fixture.stop();
});

async function connect(options: Record<string, string | number | boolean> = {}, uri = `s3://${bucket}/`): Promise<S3Location> {
  const location = await connectTo(server, bucket, { options, uri });
  open.push(location);
  return location;
}

const put = (Key: string, Body: string, more: object = {}) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ...more }));
const detail = async (location: S3Location, path: string, label: string) => (await location.details(path)).find((each) => each.label === label)?.value;

describe(`objects (${S3_FIXTURE_TITLE})`, () => {
  test('are told with their class, their ETag explained, and what uploaders declare as declared', async () => {
    await put('a', 'hello', { Metadata: { colour: 'blue', md5chksum: createHash('md5').update('hello').digest('base64') }, StorageClass: 'STANDARD_IA', ContentType: 'text/x-test' });
    const location = await connect();
    expect(await detail(location, 'a', 'Storage class')).toBe('STANDARD_IA');
    expect(await detail(location, 'a', 'ETag')).toBe('5d41402abc4b2a76b9719d911017c592: the MD5 of the bytes');
    expect(await detail(location, 'a', 'Metadata colour')).toBe('blue');
    expect(await detail(location, 'a', 'Content type')).toBe('text/x-test');
    expect(await detail(location, 'a', 'Declared md5 (as sent by the uploader)')).toBe('5d41402abc4b2a76b9719d911017c592');
    await location.file('b').save(sourceOf(LARGE, MIB), { size: LARGE.length });
    expect(await detail(location, 'b', 'ETag')).toMatch(/^[0-9a-f]{32}-3: the MD5 of the MD5s of its 3 parts/);
    expect((await location.details('b')).map(({ label }) => label)).not.toContain('Metadata holdfast-upload');
    await expect(location.details('none')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('carry their SHA-256 as a declared one only where that is wanted', async () => {
    const wanting = await connect({ declareDigest: true });
    const plain = await connect();
    const label = 'Declared sha256 (as sent by the uploader)';
    for (const bytes of [pattern(1000), LARGE]) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      await wanting.file('a').save(sourceOf(bytes, MIB), { size: bytes.length });
      const tags = bytes === LARGE;
      if (!tags || (await wanting.probe()).lines.some(({ ok, text }) => ok && text.includes('noted as a tag'))) expect(await detail(plain, 'a', label)).toBe(sha256);
      await plain.file('a').save(sourceOf(bytes, MIB), { size: bytes.length });
      expect(await detail(plain, 'a', label)).toBeUndefined();
    }
  });

  test('get the storage class of the location', async () => {
    const location = await connect({ storageClass: 'STANDARD_IA' });
    await store(location, 'a', pattern(10));
    await location.file('b').save(sourceOf(LARGE, MIB), { size: LARGE.length });
    for (const Key of ['a', 'b']) expect((await client.send(new HeadObjectCommand({ Bucket: bucket, Key }))).StorageClass).toBe('STANDARD_IA');
  });

  test('can be had by a link for some time, with no more than the key needs', async () => {
    const location = await connect({}, `s3://${bucket}/in here/`);
    await store(location, 'ü ?#.txt', Buffer.from('hello'));
    const link = await location.link('ü ?#.txt', 60);
    expect(link).not.toContain(S3_FIXTURE_USER.secretAccessKey);
    expect(await (await fetch(link)).text()).toBe('hello');
    expect((await fetch(link.replace(/X-Amz-Signature=..../, 'X-Amz-Signature=0000'))).status).toBe(403);
    fixture.options.clockOffsetMs = 61_000;
    expect((await fetch(link)).status).toBe(403);
    for (const seconds of [0, -1, 0.5, 7 * 24 * 3600 + 1]) await expect(location.link('a', seconds)).rejects.toMatchObject({ code: 'invalid_config' });
  });

  test('are compared with a local file by their ETag, whatever the part size was, without a download', async () => {
    const location = await connect({ partSize: 7 });
    await location.file('mine').save(sourceOf(LARGE, MIB), { size: LARGE.length });
    const local = { size: LARGE.length, open: () => Promise.resolve(sourceOf(LARGE, MIB)) };
    const other = Buffer.from(LARGE);
    other[9 * MIB] = (other[9 * MIB] ?? 0) ^ 1;
    fixture.requests.length = 0;
    expect(await location.file('mine').compareWith(local)).toMatchObject({ verdict: 'match', partSize: 7 * MIB });
    expect(await location.file('mine').compareWith({ size: other.length, open: () => Promise.resolve(sourceOf(other, MIB)) })).toMatchObject({ verdict: 'mismatch' });
    expect(fixture.requests.map(({ operation }) => operation)).not.toContain('GetObject');
    await expect(location.file('none').compareWith(local)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('are copied inside the server, between buckets too', async () => {
    const [from, to] = [await connect(), await connect({}, `s3://${await freshBucket(client)}/`)];
    await from.file('a').save(sourceOf(LARGE, MIB), { size: LARGE.length });
    fixture.requests.length = 0;
    const { evidence } = await to.file('b').copyFrom(from.file('a'));
    expect(evidence.map(({ level }) => level)).toContain(2);
    expect(fixture.requests.map(({ operation }) => operation)).not.toContain('UploadPart');
    expect((await contents(to, 'b')).equals(LARGE)).toBe(true);
  });
});

describe(`folders (${S3_FIXTURE_TITLE})`, () => {
  test('are understood with and without an object that marks them, below a prefix that nothing leaves', async () => {
    for (const key of ['p/', 'p/marked/', 'p/plain/a', 'p/plain/deep/b', 'p/file', 'p/both', 'p/both/c', 'p//odd', 'p/../up', 'p/x//y', 'q/outside', 'pq']) await put(key, key);
    const location = await connect({}, `s3://${bucket}/p/`);
    expect((await listed(location, '')).map(({ kind, path }) => `${kind} ${path}`).toSorted()).toEqual(['file both', 'file file', 'folder marked', 'folder plain', 'folder x']);
    expect(await listed(location, 'marked')).toEqual([]);
    expect((await listed(location, 'plain')).map(({ path }) => path)).toEqual(['plain/a', 'plain/deep']);
    expect((await location.stat('both')).kind).toBe('file');
    expect((await location.stat('plain/deep')).kind).toBe('folder');
    await location.move('plain', 'moved');
    await location.remove('both');
    await location.remove('marked');
    const left = (await residueOf(client, bucket)).toSorted();
    expect(left).toEqual(['p/../up', 'p//odd', 'p/both/c', 'p/file', 'p/moved/a', 'p/moved/deep/b', 'p/x//y', 'pq', 'q/outside']);
  });

  test('of more than a page are moved and removed whole', async () => {
    fixture.options.pageSize = 7;
    const location = await connect();
    const names = Array.from({ length: 40 }, (_, at) => `f${at}`);
    await Promise.all(names.map((name) => put(`from/${name}`, name)));
    await put('from/control\u0001name', 'x');
    await location.move('from', 'to');
    expect(await listed(location, 'to')).toHaveLength(41);
    await expect(location.stat('from')).rejects.toMatchObject({ code: 'not_found' });
    await location.remove('to', { recursive: true });
    expect(await residueOf(client, bucket)).toEqual([]);
  });

  test('a folder is left whole when a copy of it fails', async () => {
    const location = await connect();
    for (const name of ['a', 'b', 'c']) await put(`from/${name}`, name);
    fixture.lies.set({ lie: { kind: 'error', status: 403, code: 'AccessDenied' }, operation: 'CopyObject', key: 'to/b' });
    await expect(location.move('from', 'to')).rejects.toMatchObject({ code: 'permission_denied' });
    expect((await listed(location, 'from')).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  test('what crashed probes left is swept, and nothing else', async () => {
    const location = await connect();
    for (const key of ['.holdfast-probe-old', '.holdfast-other', 'folder/.holdfast-probe-old']) await put(key, key);
    await location.sweep('');
    expect(await residueOf(client, bucket)).toHaveLength(3);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 60 * 60 * 1000 });
    await location.sweep('');
    expect((await residueOf(client, bucket)).toSorted()).toEqual(['.holdfast-other', 'folder/.holdfast-probe-old']);
  });
});

describe(`unfinished uploads (${S3_FIXTURE_TITLE})`, () => {
  const begin = async (Key: string) => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    await client.send(new UploadPartCommand({ Bucket: bucket, Key, UploadId, PartNumber: 1, Body: 'hello' }));
    return UploadId ?? '';
  };

  test('of others are told only when the same identity began them more than a day ago', async () => {
    const location = await connect({}, `s3://${bucket}/p/`);
    const id = await begin('p/folder/a');
    await begin('outside');
    expect(await location.unfinished('')).toEqual([]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 25 * 60 * 60 * 1000 });
    const found = await location.unfinished('');
    expect(found.map(({ id: each, path, size }) => ({ id: each, path, size }))).toEqual([{ id, path: 'folder/a', size: 5 }]);
    expect(await location.unfinished('elsewhere')).toEqual([]);
    for (const upload of found) await location.discard(upload);
    expect(await residueOf(client, bucket)).toEqual(['unfinished: outside']);
    await expect(location.discard({ id, path: 'folder/a', size: null, startedAt: null })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('of a save that runs are not told', async () => {
    const location = await connect();
    let seen: unknown = null;
    await location.file('a').save(sourceOf(LARGE, MIB), { size: LARGE.length, resume: { token: null, keep: () => undefined }, beforeCommit: async () => void (seen = await location.unfinished('')) });
    expect(seen).toEqual([]);
  });

  test('that somebody else aborted make a save begin anew', async () => {
    const location = await connect();
    let token: string | null = null;
    const resume = () => ({ token, keep: (kept: string) => (token = kept) });
    fixture.lies.set({ lie: { kind: 'error', status: 500, code: 'InternalError' }, operation: 'UploadPart', partNumber: 3 });
    await expect(location.file('a').save(sourceOf(LARGE, MIB), { size: LARGE.length, resume: resume() })).rejects.toMatchObject({ code: 'unavailable' });
    fixture.lies.clear();
    const { uploadId } = JSON.parse(token ?? '{}') as { uploadId: string };
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: 'a', UploadId: uploadId }));
    const { resumed } = await location.file('a').save(sourceOf(LARGE, MIB), { size: LARGE.length, resume: resume() });
    expect(resumed).toBeNull();
    expect(await residueOf(client, bucket)).toEqual(['a']);
  });
});

describe(`versions and tags (${S3_FIXTURE_TITLE})`, () => {
  test('the version that was saved is told, and details are of the one that is there', async () => {
    await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const location = await connect();
    const { versionId } = await location.file('a').save(sourceOf(LARGE, MIB), { size: LARGE.length });
    expect(await detail(location, 'a', 'Version')).toBe(versionId);
  });

  test('tags are told where the server has them', async () => {
    await put('a', 'hello');
    const tagged = await client.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: 'a', Tagging: { TagSet: [{ Key: 'colour', Value: 'blue' }] } })).catch(() => null);
    const location = await connect();
    expect(await detail(location, 'a', 'Tag colour')).toBe(tagged === null ? undefined : 'blue');
  });
});
