import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { S3Fixture } from '../s3-fixture.ts';
import { compositeOf, digestOf, xmlName, type ChecksumName } from './s3-checksums.ts';
import { base64, clientOf, partsOf } from './s3-test-client.ts';

const Bucket = 'box';
const Key = 'folder/large.bin';
let fixture: S3Fixture;
/** sends no checksum of its own accord */
let client: S3Client;

beforeEach(async () => {
  fixture = await S3Fixture.start();
  client = clientOf(fixture, { requestChecksumCalculation: 'WHEN_REQUIRED' });
  await client.send(new CreateBucketCommand({ Bucket }));
});

afterEach(async () => {
  client.destroy();
  await fixture.stop();
});

const create = async (more: object = {}) => (await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId;
const complete = (UploadId: string | undefined, Parts: CompletedPart[], more: object = {}) => client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }));
/** with its checksum declared, when there is an algorithm */
async function upload(UploadId: string | undefined, parts: readonly Buffer[], name: ChecksumName | null): Promise<CompletedPart[]> {
  const done: CompletedPart[] = [];
  for (const [at, Body] of parts.entries()) {
    const declared = name === null ? {} : { [xmlName(name)]: (await digestOf(name, [Body])).toString('base64') };
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: at + 1, Body, ...declared }));
    done.push({ PartNumber: at + 1, ETag, ...declared });
  }
  return done;
}
const read = async () => Buffer.from((await (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToByteArray()) ?? []);

describe('a multipart upload', () => {
  it('becomes an object with its words, in ranges and parts too', async () => {
    const parts = partsOf(2);
    const whole = Buffer.concat(parts);
    const id = await create({ Metadata: { who: 'me' }, ContentType: 'text/plain', StorageClass: 'GLACIER' });
    const done = await upload(id, parts, null);
    const { ETag } = await complete(id, done);
    expect(ETag).toBe(`"${createHash('md5').update(Buffer.concat(parts.map((part) => createHash('md5').update(part).digest()))).digest('hex')}-2"`);
    expect((await read()).equals(whole)).toBe(true);
    const head = await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ ContentLength: whole.length, Metadata: { who: 'me' }, ContentType: 'text/plain', StorageClass: 'GLACIER', ETag, ChecksumType: 'FULL_OBJECT' });
    expect(head.ChecksumCRC64NVME).toBe((await digestOf('crc64nvme', [whole])).toString('base64'));
    const edge = await client.send(new GetObjectCommand({ Bucket, Key, Range: `bytes=${5 * 1024 * 1024 - 3}-${5 * 1024 * 1024 + 2}` }));
    expect(Buffer.from((await edge.Body?.transformToByteArray()) ?? [])).toEqual(whole.subarray(5 * 1024 * 1024 - 3, 5 * 1024 * 1024 + 3));
    expect(await client.send(new HeadObjectCommand({ Bucket, Key, PartNumber: 2 }))).toMatchObject({ ContentLength: 1234, PartsCount: 2 });
    await expect(client.send(new HeadObjectCommand({ Bucket, Key, PartNumber: 3 }))).rejects.toMatchObject({ $metadata: { httpStatusCode: 416 } });
    expect(await fixture.residue()).toEqual([`${Bucket}/${Key}`]);
  });

  it('goes on from the parts that are there', async () => {
    const parts = partsOf(3);
    const id = await create();
    await upload(id, parts, null);
    fixture.options.pageSize = 2;
    const first = await client.send(new ListPartsCommand({ Bucket, Key, UploadId: id }));
    const second = await client.send(new ListPartsCommand({ Bucket, Key, UploadId: id, PartNumberMarker: first.NextPartNumberMarker }));
    expect(first).toMatchObject({ IsTruncated: true, Parts: [{ PartNumber: 1, Size: 5 * 1024 * 1024 }, { PartNumber: 2 }] });
    expect(second).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 3, Size: 1234, ETag: `"${createHash('md5').update(parts[2] ?? '').digest('hex')}"` }] });
    await client.send(new UploadPartCommand({ Bucket, Key, UploadId: id, PartNumber: 3, Body: 'other' }));
    const listed = await client.send(new ListPartsCommand({ Bucket, Key, UploadId: id, PartNumberMarker: '2' }));
    await complete(id, [...(first.Parts ?? []), ...(listed.Parts ?? [])].map(({ PartNumber, ETag }) => ({ PartNumber, ETag })));
    expect((await read()).subarray(-5).toString()).toBe('other');
    expect(await fixture.residue()).toEqual([`${Bucket}/${Key}`]);
  });

  it('is listed and ended', async () => {
    fixture.options.pageSize = 2;
    const ids = [await create(), await create(), await create()];
    const first = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    const second = await client.send(new ListMultipartUploadsCommand({ Bucket, KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker }));
    expect(new Set([...(first.Uploads ?? []), ...(second.Uploads ?? [])].map(({ UploadId }) => UploadId))).toEqual(new Set(ids));
    await upload(ids[0], [Buffer.from('x')], null);
    for (const UploadId of ids) await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    expect(await fixture.residue()).toEqual([]);
    for (const gone of [() => upload(ids[0], [Buffer.from('x')], null), () => complete(ids[0], [{ PartNumber: 1, ETag: 'x' }]), () => client.send(new ListPartsCommand({ Bucket, Key, UploadId: ids[0] }))]) await expect(gone()).rejects.toMatchObject({ name: 'NoSuchUpload', $metadata: { httpStatusCode: 404 } });
  });

  it('takes parts from other objects', async () => {
    const [body = Buffer.alloc(0)] = partsOf(1, 6 * 1024 * 1024);
    await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: body }));
    const id = await create({ ChecksumAlgorithm: 'CRC32C' });
    const one = await client.send(new UploadPartCopyCommand({ Bucket, Key, UploadId: id, PartNumber: 1, CopySource: `${Bucket}/source`, CopySourceRange: `bytes=0-${5 * 1024 * 1024 - 1}` }));
    const two = await client.send(new UploadPartCopyCommand({ Bucket, Key, UploadId: id, PartNumber: 2, CopySource: `${Bucket}/source`, CopySourceRange: `bytes=${5 * 1024 * 1024}-${body.length - 1}` }));
    expect(one.CopyPartResult?.ChecksumCRC32C).toBe((await digestOf('crc32c', [body.subarray(0, 5 * 1024 * 1024)])).toString('base64'));
    await complete(id, [one, two].map(({ CopyPartResult }, at) => ({ PartNumber: at + 1, ETag: CopyPartResult?.ETag, ChecksumCRC32C: CopyPartResult?.ChecksumCRC32C })));
    expect((await read()).equals(body)).toBe(true);
    await expect(client.send(new UploadPartCopyCommand({ Bucket, Key, UploadId: await create(), PartNumber: 1, CopySource: `${Bucket}/source`, CopySourceRange: `bytes=0-${body.length}` }))).rejects.toMatchObject({ name: 'InvalidArgument' });
  });

  it('is refused with wrong lists of parts', async () => {
    const id = await create();
    const [one, two] = (await upload(id, partsOf(2), null)) as [CompletedPart, CompletedPart];
    await expect(complete(id, [two, one])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(complete(id, [one, { ...two, ETag: one.ETag }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(complete(id, [one, two, { PartNumber: 3, ETag: two.ETag }])).rejects.toMatchObject({ name: 'InvalidPart' });
    const small = await upload(id, [Buffer.from('small'), Buffer.from('x')], null);
    await expect(complete(id, small)).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await complete(id, small.slice(1));
    expect((await read()).toString()).toBe('x');
  });

  it('does not replace where it must not', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'before' }));
    const id = await create();
    const done = await upload(id, [Buffer.from('after')], null);
    await expect(complete(id, done, { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect((await read()).toString()).toBe('before');
    await complete(id, done);
    expect((await read()).toString()).toBe('after');
  });
});

describe('checksums of the whole', () => {
  it.each(['crc32', 'crc32c', 'crc64nvme'] as const)('%s is computed, verified and given back', async (name) => {
    const field = xmlName(name);
    const parts = partsOf(3);
    const right = (await digestOf(name, parts)).toString('base64');
    const wrong = (await digestOf(name, parts.slice(1))).toString('base64');
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    const id = await create({ ChecksumAlgorithm: name.toUpperCase(), ChecksumType: 'FULL_OBJECT' });
    const done = await upload(id, parts, name);
    await expect(complete(id, done, { [field]: wrong, ChecksumType: 'FULL_OBJECT' })).rejects.toMatchObject({ name: 'BadDigest', $metadata: { httpStatusCode: 400 } });
    await expect(complete(id, done, { [field]: right, MpuObjectSize: size - 1 })).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(complete(id, done, { [field]: right, ChecksumType: 'COMPOSITE' })).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(complete(id, [{ ...done[0], [field]: wrong }, ...done.slice(1)])).rejects.toMatchObject({ name: 'InvalidPart' });
    expect(await complete(id, done, { [field]: right, ChecksumType: 'FULL_OBJECT', MpuObjectSize: size })).toMatchObject({ [field]: right, ChecksumType: 'FULL_OBJECT' });
    expect(await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))).toMatchObject({ [field]: right, ChecksumType: 'FULL_OBJECT' });
    expect(await client.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['Checksum', 'ObjectParts', 'ObjectSize'] }))).toMatchObject({ ObjectSize: size, Checksum: { [field]: right, ChecksumType: 'FULL_OBJECT' }, ObjectParts: { TotalPartsCount: 3, Parts: done.map((part, at) => ({ PartNumber: at + 1, Size: parts[at]?.length, [field]: part[field as 'ChecksumCRC32'] })) } });
  });

  it('can be declared only at the end', async () => {
    const parts = partsOf(2);
    const id = await create({ ChecksumAlgorithm: 'CRC64NVME' });
    const done = await upload(id, parts, null);
    const right = (await digestOf('crc64nvme', parts)).toString('base64');
    expect((await complete(id, done, { ChecksumCRC64NVME: right })).ChecksumCRC64NVME).toBe(right);
  });

  it('has no SHA', async () => {
    await expect(create({ ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' })).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(create({ ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' })).rejects.toMatchObject({ name: 'InvalidRequest' });
    const id = await create();
    const done = await upload(id, [Buffer.from('x')], null);
    await expect(complete(id, done, { ChecksumSHA256: base64('sha256', 'x') })).rejects.toMatchObject({ name: 'InvalidRequest' });
  });
});

describe('checksums of the parts', () => {
  it.each(['crc32', 'crc32c', 'sha1', 'sha256'] as const)('%s are verified, and together are the composite', async (name) => {
    const field = xmlName(name);
    const parts = partsOf(2);
    const [Body = Buffer.alloc(0)] = parts;
    const id = await create({ ChecksumAlgorithm: name.toUpperCase(), ChecksumType: 'COMPOSITE' });
    const wrong = (await digestOf(name, [Buffer.from('x')])).toString('base64');
    await expect(client.send(new UploadPartCommand({ Bucket, Key, UploadId: id, PartNumber: 1, Body, [field]: wrong }))).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(client.send(new UploadPartCommand({ Bucket, Key, UploadId: id, PartNumber: 1, Body, ContentMD5: base64('md5', 'x') }))).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(upload(id, parts, null)).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(upload(id, parts, 'crc64nvme')).rejects.toMatchObject({ name: 'InvalidRequest' });
    const done = await upload(id, parts, name);
    expect(await client.send(new ListPartsCommand({ Bucket, Key, UploadId: id }))).toMatchObject({ ChecksumAlgorithm: name.toUpperCase(), ChecksumType: 'COMPOSITE', Parts: done });
    const value = await compositeOf(name, done.map((part) => part[field as 'ChecksumCRC32'] ?? ''));
    await expect(complete(id, done.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })))).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(complete(id, done, { [field]: `${wrong}-2` })).rejects.toMatchObject({ name: 'BadDigest' });
    expect(await complete(id, done, { [field]: value })).toMatchObject({ [field]: value, ChecksumType: 'COMPOSITE' });
    expect(await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))).toMatchObject({ [field]: value, ChecksumType: 'COMPOSITE' });
    expect(await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED', PartNumber: 1 }))).toMatchObject({ [field]: done[0]?.[field as 'ChecksumCRC32'] });
  });

  it('need numbers without gaps', async () => {
    const id = await create({ ChecksumAlgorithm: 'SHA256' });
    const [one, , three] = await upload(id, partsOf(3), 'sha256');
    await expect(complete(id, [one ?? {}, three ?? {}])).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
  });
});
