import { CompleteMultipartUploadCommand, CreateBucketCommand, CreateMultipartUploadCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, UploadPartCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAuthority } from '../certificates.ts';
import { HOSTILE_NAMES, S3Fixture } from '../s3-fixture.ts';
import { base64, clientOf } from './s3-test-client.ts';

const Bucket = 'box';
let fixture: S3Fixture;
let client: S3Client;

beforeEach(async () => {
  fixture = await S3Fixture.start();
  client = clientOf(fixture, { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' });
  await client.send(new CreateBucketCommand({ Bucket }));
});

afterEach(async () => {
  client.destroy();
  await fixture.stop();
});

const put = (Key: string, Body: string, more: object = {}) => client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const text = async (Key: string) => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

it('stores too little or other bytes, and says that all is well', async () => {
  fixture.lies.set({ lie: { kind: 'truncate', to: 3 }, key: 'short' }, { lie: { kind: 'flip', at: 1 }, key: 'flipped' });
  const ChecksumSHA256 = base64('sha256', 'hello');
  expect(await put('short', 'hello', { ChecksumSHA256 })).toMatchObject({ ChecksumSHA256 });
  expect(await put('flipped', 'hello', { ChecksumSHA256 })).toMatchObject({ ChecksumSHA256 });
  expect([await text('short'), await text('flipped')]).toEqual(['hel', 'hdllo']);
  expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'flipped', ChecksumMode: 'ENABLED' }))).toMatchObject({ ChecksumSHA256 });
});

it('gives back what was declared without a look', async () => {
  fixture.lies.set({ lie: { kind: 'echo checksum' } });
  const ChecksumSHA256 = base64('sha256', 'something else');
  expect(await put('a', 'hello', { ChecksumSHA256, ContentMD5: base64('md5', 'something else') })).toMatchObject({ ChecksumSHA256 });
  expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'a', ChecksumMode: 'ENABLED' }))).toMatchObject({ ChecksumSHA256 });
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'b', ChecksumAlgorithm: 'CRC64NVME' }));
  const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key: 'b', UploadId, PartNumber: 1, Body: 'x' }));
  const done = await client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'b', UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] }, ChecksumCRC64NVME: 'rosUhgp5mIg=' }));
  expect(done.ChecksumCRC64NVME).toBe('rosUhgp5mIg=');
});

it('answers before everything is there', async () => {
  fixture.lies.set({ lie: { kind: 'answer early', after: 1000 }, operation: 'PutObject' });
  await put('a', 'x'.repeat(1_000_000));
  expect(await fixture.residue()).toEqual(['box/a']);
  expect((await text('a'))?.length).toBe(1000);
});

it('tells a wrong size', async () => {
  await put('a', 'hello');
  fixture.lies.set({ lie: { kind: 'head size', size: 7 }, times: 1 });
  expect((await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).ContentLength).toBe(7);
  expect((await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).ContentLength).toBe(5);
});

it('lists names that must not be believed', async () => {
  await put('good.txt', 'hello');
  fixture.lies.set({ lie: { kind: 'list', names: HOSTILE_NAMES } });
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
  expect(Contents?.map(({ Key }) => decodeURIComponent(Key ?? ''))).toEqual(['good.txt', ...HOSTILE_NAMES]);
  expect(HOSTILE_NAMES.some((name) => name.length >= 10_000)).toBe(true);
  const raw = await client.send(new ListObjectsV2Command({ Bucket, Prefix: '../' }));
  expect(raw.Contents?.map(({ Key }) => Key)).toEqual(['../up.txt']);
});

it('answers with errors, at once or late', async () => {
  fixture.lies.set({ lie: { kind: 'error', status: 503, code: 'SlowDown', headers: { 'retry-after': '1' } }, operation: 'PutObject', times: 1 });
  await expect(put('a', 'x'.repeat(1_000_000))).rejects.toMatchObject({ name: 'SlowDown' });
  await put('a', 'hello');
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'b' }));
  const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key: 'b', UploadId, PartNumber: 1, Body: 'x' }));
  const complete = () => client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'b', UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }));
  fixture.lies.set({ lie: { kind: 'late error', code: 'InternalError' }, times: 1 });
  await expect(complete()).rejects.toMatchObject({ name: 'InternalError' });
  expect(await fixture.residue()).toEqual(['box/a', 'unfinished upload: box/b']);
  await complete();
});

it('does what was asked and loses the answer', async () => {
  fixture.lies.set({ lie: { kind: 'lose answer' }, operation: 'PutObject' });
  await expect(put('a', 'hello')).rejects.toThrow();
  expect(await text('a')).toBe('hello');
});

it('never answers', async () => {
  fixture.lies.set({ lie: { kind: 'stall' }, operation: 'PutObject' });
  const stop = new AbortController();
  const stalled = client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello' }), { abortSignal: stop.signal });
  while (!fixture.requests.some(({ operation }) => operation === 'PutObject')) await new Promise((resolve) => setTimeout(resolve, 2));
  stop.abort();
  await expect(stalled).rejects.toMatchObject({ name: 'AbortError' });
  expect(await fixture.residue()).toEqual([]);
});

it('leaves probes of clients alone', async () => {
  fixture.lies.set({ lie: { kind: 'truncate', to: 0 } });
  await put('.holdfast-probe-1', 'hello');
  expect(await text('.holdfast-probe-1')).toBe('hello');
});

it('loses a byte on its disk', async () => {
  await put('a', 'hello');
  await fixture.corrupt(Bucket, 'a', 4);
  expect(await text('a')).toBe('helln');
  await expect(fixture.corrupt(Bucket, 'a', 5)).rejects.toThrow(/no byte 5/);
});

it('speaks TLS', async () => {
  const authority = await createAuthority(['IP:127.0.0.1']);
  const secure = await S3Fixture.start({}, authority);
  expect(secure.endpoint()).toMatch(/^https:/);
  await expect(clientOf(secure).send(new CreateBucketCommand({ Bucket }))).rejects.toThrow(/certificate/);
  await secure.stop();
  await authority.remove();
});
