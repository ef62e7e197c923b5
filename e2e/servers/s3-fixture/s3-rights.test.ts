import { CreateBucketCommand, DeleteBucketCommand, DeleteObjectCommand, GetBucketLocationCommand, GetObjectAttributesCommand, GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { S3_FIXTURE_READER, S3Fixture } from '../s3-fixture.ts';
import { clientOf } from './s3-test-client.ts';

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

const put = (Key: string, Body = 'hello') => client.send(new PutObjectCommand({ Bucket, Key, Body }));

describe('buckets and rights', () => {
  it('are known and refused by their codes', async () => {
    expect((await client.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toEqual([Bucket]);
    expect((await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeUndefined();
    await expect(client.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou' });
    await expect(client.send(new ListObjectsV2Command({ Bucket: 'none' }))).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await put('a');
    await expect(client.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
  });

  it('give a reader nothing to write', async () => {
    await put('a');
    const { accessKeyId, secretAccessKey } = S3_FIXTURE_READER;
    const reader = clientOf(fixture, { credentials: { accessKeyId, secretAccessKey } });
    expect(await (await reader.send(new GetObjectCommand({ Bucket, Key: 'a' }))).Body?.transformToString()).toBe('hello');
    await expect(reader.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'x' }))).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(reader.send(new DeleteObjectCommand({ Bucket, Key: 'a' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('refuse wrong secrets, wrong regions and wrong clocks', async () => {
    const wrong = clientOf(fixture, { credentials: { accessKeyId: S3_FIXTURE_READER.accessKeyId, secretAccessKey: 'wrong' } });
    await expect(wrong.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    await expect(clientOf(fixture, { region: 'eu-west-1' }).send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'AuthorizationHeaderMalformed', Region: 'us-east-1' });
    fixture.options.clockOffsetMs = 20 * 60_000;
    await expect(clientOf(fixture).send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' });
    await clientOf(fixture, { maxAttempts: 2 }).send(new ListBucketsCommand({}));
  });

  it('are lent by addresses, for a time and one use', async () => {
    const upload = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'lent' }), { expiresIn: 60 });
    expect((await fetch(upload, { method: 'PUT', body: 'hello' })).status).toBe(200);
    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'lent' }), { expiresIn: 60 });
    expect(await (await fetch(url)).text()).toBe('hello');
    expect((await fetch(url.replace('lent', 'other'))).status).toBe(403);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
    fixture.options.clockOffsetMs = 61_000;
    const late = await fetch(url);
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
  });

  it('name what the fixture has not', async () => {
    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'a' }));
    expect(url).toContain(fixture.endpoint());
    await expect(client.send(new GetObjectAttributesCommand({ Bucket, Key: 'none', ObjectAttributes: ['ETag'] }))).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});
