import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { S3Fixture } from '../s3-fixture.ts';
import { CHECKSUM_NAMES, digestOf, xmlName } from './s3-checksums.ts';
import { base64, clientOf } from './s3-test-client.ts';

const Bucket = 'box';
let fixture: S3Fixture;
let client: S3Client;

beforeEach(async () => {
  fixture = await S3Fixture.start();
  client = clientOf(fixture);
  await client.send(new CreateBucketCommand({ Bucket }));
});

afterEach(async () => {
  client.destroy();
  await fixture.stop();
});

const put = (Key: string, Body: string | Uint8Array = 'hello', more: object = {}) => client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const text = async (Key: string, more: object = {}) => (await client.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString();

describe('an object', () => {
  it('comes back as it was, with what was said of it', async () => {
    const put1 = await put('a b/ü+%.txt', 'hello', { Metadata: { who: 'me' }, ContentType: 'text/plain', StorageClass: 'STANDARD_IA', CacheControl: 'no-store', ContentEncoding: 'identity' });
    expect(put1).toMatchObject({ ETag: '"5d41402abc4b2a76b9719d911017c592"', ChecksumType: 'FULL_OBJECT' });
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'a b/ü+%.txt' }));
    expect(await got.Body?.transformToString()).toBe('hello');
    expect(got).toMatchObject({ Metadata: { who: 'me' }, ContentType: 'text/plain', StorageClass: 'STANDARD_IA', CacheControl: 'no-store', ContentEncoding: 'identity', ContentLength: 5 });
    expect(await fixture.residue()).toEqual(['box/a b/ü+%.txt']);
    expect(fixture.requests.map(({ operation }) => operation)).toEqual(['CreateBucket', 'PutObject', 'GetObject']);
  });

  it('can be empty, and large', async () => {
    await put('empty', '', { ContentLength: 0 });
    expect(await text('empty')).toBe('');
    const large = randomBytes(20 * 1024 * 1024);
    await put('large', large);
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'large' }));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(large)).toBe(true);
  });

  it('is given in ranges', async () => {
    await put('a', '0123456789');
    expect(await text('a', { Range: 'bytes=2-4' })).toBe('234');
    expect(await text('a', { Range: 'bytes=7-' })).toBe('789');
    expect(await text('a', { Range: 'bytes=-2' })).toBe('89');
    expect((await client.send(new GetObjectCommand({ Bucket, Key: 'a', Range: 'bytes=2-40' }))).ContentRange).toBe('bytes 2-9/10');
    await expect(text('a', { Range: 'bytes=10-' })).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  it('is read and written under conditions', async () => {
    const { ETag } = await put('a');
    await expect(put('a', 'other', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    await put('b', 'other', { IfNoneMatch: '*' });
    await expect(put('a', 'other', { IfMatch: '"x"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put('c', 'other', { IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey' });
    await put('a', 'other', { IfMatch: ETag });
    await expect(text('a', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'b', IfNoneMatch: base64('md5', 'x') }))).resolves.toMatchObject({ ContentLength: 5 });
    expect(await text('a')).toBe('other');
  });

  it('is gone after deletion', async () => {
    await put('a');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'never' }));
    await expect(text('a')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).rejects.toMatchObject({ name: 'NotFound' });
    await Promise.all(['x', 'y', ' z&<'].map((key) => put(key)));
    const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'x' }, { Key: ' z&<' }] } }));
    expect(Deleted?.map(({ Key }) => Key)).toEqual(['x', ' z&<']);
    expect(await fixture.residue()).toEqual(['box/y']);
  });

  it('is not deleted together with others without a checksum of the list', async () => {
    await put('x');
    const plain = clientOf(fixture);
    plain.middlewareStack.add((next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      for (const name of Object.keys(headers)) if (name.startsWith('x-amz-checksum-')) delete headers[name];
      return next(args);
    }, { step: 'build', priority: 'low' });
    await expect(plain.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'x' }] } }))).rejects.toMatchObject({ name: 'InvalidRequest' });
    expect(await fixture.residue()).toEqual(['box/x']);
  });

  it('is copied, with its words or others', async () => {
    await put('a b', 'hello', { Metadata: { who: 'me' } });
    const { CopyObjectResult } = await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a%20b` }));
    expect(CopyObjectResult?.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))).toMatchObject({ Metadata: { who: 'me' } });
    await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/copy`, MetadataDirective: 'REPLACE', Metadata: { who: 'you' } }));
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))).toMatchObject({ Metadata: { who: 'you' } });
    await expect(client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/copy` }))).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a%20b`, IfNoneMatch: '*' }))).rejects.toMatchObject({ name: 'PreconditionFailed' });
    const sha = await client.send(new CopyObjectCommand({ Bucket, Key: 'sha', CopySource: `${Bucket}/a%20b`, ChecksumAlgorithm: 'SHA256' }));
    expect(sha.CopyObjectResult?.ChecksumSHA256).toBe(base64('sha256', 'hello'));
  });

  it('that is cut off leaves nothing', async () => {
    const url = new URL(await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'cut' }), { expiresIn: 60 }));
    const upload = request(url, { method: 'PUT', headers: { 'content-length': 1000 } });
    upload.on('error', () => undefined);
    await new Promise((resolve) => upload.write('half', resolve));
    while (!fixture.requests.some(({ operation }) => operation === 'PutObject')) await new Promise((resolve) => setTimeout(resolve, 2));
    upload.destroy();
    expect(await fixture.residue()).toEqual([]);
  });
});

describe('checksums of one PUT', () => {
  it.each(CHECKSUM_NAMES)('%s is verified, kept and given back', async (name) => {
    const field = xmlName(name);
    const right = (await digestOf(name, [Buffer.from('hello')])).toString('base64');
    const wrong = (await digestOf(name, [Buffer.from('hullo')])).toString('base64');
    await expect(put('a', 'hello', { [field]: wrong })).rejects.toMatchObject({ name: 'BadDigest', $metadata: { httpStatusCode: 400 } });
    await expect(put('a', 'hello', { [field]: 'AAAA' })).rejects.toMatchObject({ name: 'InvalidRequest' });
    expect(await fixture.residue()).toEqual([]);
    expect(await put('a', 'hello', { [field]: right })).toMatchObject({ [field]: right, ChecksumType: 'FULL_OBJECT' });
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'a', ChecksumMode: 'ENABLED' }))).toMatchObject({ [field]: right, ChecksumType: 'FULL_OBJECT' });
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).not.toHaveProperty(field);
    expect(await text('a', { ChecksumMode: 'ENABLED' })).toBe('hello');
    expect(await client.send(new GetObjectCommand({ Bucket, Key: 'a', ChecksumMode: 'ENABLED', Range: 'bytes=0-1' }))).not.toHaveProperty(field);
    const attributes = await client.send(new GetObjectAttributesCommand({ Bucket, Key: 'a', ObjectAttributes: ['ETag', 'Checksum', 'ObjectParts', 'ObjectSize', 'StorageClass'] }));
    expect(attributes).toMatchObject({ ETag: '5d41402abc4b2a76b9719d911017c592', ObjectSize: 5, StorageClass: 'STANDARD', Checksum: { [field]: right, ChecksumType: 'FULL_OBJECT' } });
    expect(attributes).not.toHaveProperty('ObjectParts');
  });

  it.each(CHECKSUM_NAMES)('%s comes after a stream', async (name) => {
    const right = (await digestOf(name, [Buffer.from('hello')])).toString('base64');
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: Readable.from([Buffer.from('hel'), Buffer.from('lo')]), ContentLength: 5, ChecksumAlgorithm: name.toUpperCase() as 'CRC32' }));
    const seen = fixture.requests.at(-1)?.headers;
    expect(seen).toMatchObject({ 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'x-amz-trailer': `x-amz-checksum-${name}`, 'x-amz-decoded-content-length': '5' });
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ [xmlName(name)]: right, ContentLength: 5 });
    expect(head.ContentEncoding).toBeUndefined();
    expect(await text('a')).toBe('hello');
  });

  it('none is declared: CRC64NVME is computed', async () => {
    const plain = clientOf(fixture, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    await plain.send(new PutObjectCommand({ Bucket, Key: 'a', Body: '123456789' }));
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'a', ChecksumMode: 'ENABLED' }))).toMatchObject({ ChecksumCRC64NVME: 'rosUhgp5mIg=' });
  });

  it('Content-MD5 is verified', async () => {
    await expect(put('a', 'hello', { ContentMD5: base64('md5', 'hullo') })).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(put('a', 'hello', { ContentMD5: 'AAAA' })).rejects.toMatchObject({ name: 'InvalidDigest' });
    await put('a', 'hello', { ContentMD5: base64('md5', 'hello') });
    expect(await fixture.residue()).toEqual(['box/a']);
  });

  it('the SHA-256 of the signature is verified', async () => {
    const plain = clientOf(fixture, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    plain.middlewareStack.add((next) => (args) => {
      (args.request as { body: string }).body = 'hullo';
      return next(args);
    }, { step: 'finalizeRequest', priority: 'low' });
    await expect(plain.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello' }))).rejects.toMatchObject({ name: 'XAmzContentSHA256Mismatch' });
    expect(await fixture.residue()).toEqual([]);
  });
});

describe('a listing', () => {
  it('comes in pages, in the order of bytes', async () => {
    fixture.options.pageSize = 3;
    const keys = ['a', 'b/1', 'b/2', 'c', 'd/1', 'ü', '\uff61', '\u{1f600}'];
    for (const key of keys) await put(key);
    const seen: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
      expect(page.KeyCount).toBeLessThanOrEqual(3);
      seen.push(...(page.Contents ?? []).map(({ Key }) => Key));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    expect(seen).toEqual(keys);
    expect(await client.send(new ListObjectsV2Command({ Bucket, StartAfter: 'c', Prefix: 'd' }))).toMatchObject({ Contents: [{ Key: 'd/1', Size: 5 }] });
  });

  it('folds folders, also where a page ends in one', async () => {
    for (const key of ['a', 'b/1', 'b/2', 'b/c/1', 'd/1']) await put(key);
    const all = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
    expect([all.Contents?.map(({ Key }) => Key), all.CommonPrefixes?.map(({ Prefix }) => Prefix)]).toEqual([['a'], ['b/', 'd/']]);
    const first = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 2 }));
    expect(first).toMatchObject({ IsTruncated: true, CommonPrefixes: [{ Prefix: 'b/' }] });
    const second = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 2, ContinuationToken: first.NextContinuationToken }));
    expect([second.Contents, second.CommonPrefixes, second.IsTruncated]).toEqual([undefined, [{ Prefix: 'd/' }], false]);
    expect((await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', Prefix: 'b/' }))).CommonPrefixes).toEqual([{ Prefix: 'b/c/' }]);
  });

  it('encodes names where asked', async () => {
    await put('a\u0001b c/d');
    expect((await client.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }))).Contents?.[0]?.Key).toBe('a%01b%20c/d');
  });
});

describe('versions', () => {
  it('are kept, marked as deleted, listed and removed', async () => {
    await put('a', 'zero');
    expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
    const one = await put('a', 'one');
    const two = await put('a', 'two');
    expect(new Set([one.VersionId, two.VersionId]).size).toBe(2);
    const mark = await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    expect(mark).toMatchObject({ DeleteMarker: true });
    await expect(text('a')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(text('a', { VersionId: mark.VersionId })).rejects.toMatchObject({ $metadata: { httpStatusCode: 405 } });
    await expect(text('a', { VersionId: 'none' })).rejects.toMatchObject({ name: 'NoSuchVersion' });
    expect([await text('a', { VersionId: one.VersionId }), await text('a', { VersionId: 'null' })]).toEqual(['one', 'zero']);
    expect((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);

    fixture.options.pageSize = 2;
    const first = await client.send(new ListObjectVersionsCommand({ Bucket }));
    const second = await client.send(new ListObjectVersionsCommand({ Bucket, KeyMarker: first.NextKeyMarker, VersionIdMarker: first.NextVersionIdMarker }));
    expect(first).toMatchObject({ IsTruncated: true, DeleteMarkers: [{ VersionId: mark.VersionId, IsLatest: true }], Versions: [{ VersionId: two.VersionId, IsLatest: false }] });
    expect(second).toMatchObject({ IsTruncated: false, Versions: [{ VersionId: one.VersionId }, { VersionId: 'null' }] });

    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId: mark.VersionId }));
    expect(await text('a')).toBe('two');
    for (const VersionId of [one.VersionId, two.VersionId, 'null']) await client.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId }));
    expect(await fixture.residue()).toEqual([]);
    await client.send(new DeleteBucketCommand({ Bucket }));
  });

  it('that are suspended replace the one without an id', async () => {
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const one = await put('a', 'one');
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }));
    await put('a', 'two');
    expect((await put('a', 'three')).VersionId).toBe('null');
    expect((await client.send(new ListObjectVersionsCommand({ Bucket }))).Versions?.map(({ VersionId }) => VersionId)).toEqual(['null', one.VersionId]);
  });
});
