import { CreateBucketCommand, GetObjectCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import type { S3User, SwiftUser } from './ceph.ts';
import { describeServer } from './describe-server.ts';
import { startOpenStackSwift } from './openstack-swift.ts';
import { useServer } from './use-server.ts';

describeServer('swift', () => {
  const swift = useServer(startOpenStackSwift);
  const as = (credentials: S3User) => new S3Client({ endpoint: swift().endpoint, region: 'us-east-1', forcePathStyle: true, credentials, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED', maxAttempts: 1 });
  const login = async ({ authUrl, user, key }: SwiftUser) => {
    const answer = await fetch(authUrl, { headers: { 'x-storage-user': user, 'x-storage-pass': key } });
    return { status: answer.status, url: answer.headers.get('x-storage-url') ?? '', headers: { 'x-auth-token': answer.headers.get('x-auth-token') ?? '' } };
  };

  it('speaks S3, and refuses wrong keys', async () => {
    const { rw } = swift().users;
    await as(rw).send(new CreateBucketCommand({ Bucket: 'box' }));
    await as(rw).send(new PutObjectCommand({ Bucket: 'box', Key: 'a', Body: 'hello' }));
    expect(await (await as(rw).send(new GetObjectCommand({ Bucket: 'box', Key: 'a' }))).Body?.transformToString()).toBe('hello');
    await expect(as({ ...rw, secretAccessKey: 'wrong' }).send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  });

  it('speaks its own language, with a reader by an ACL and an account of others', async () => {
    const rw = await login(swift().swift.rw);
    expect((await fetch(`${rw.url}/native`, { method: 'PUT', headers: rw.headers })).status).toBe(201);
    expect((await fetch(`${rw.url}/native/a`, { method: 'PUT', headers: rw.headers, body: 'hello' })).status).toBe(201);
    const ro = await login(swift().swift.ro);
    expect((await fetch(`${ro.url}/native/a`, { headers: ro.headers })).status).toBe(403);
    await fetch(`${rw.url}/native`, { method: 'POST', headers: { ...rw.headers, 'x-container-read': 'test:ro' } });
    expect(await (await fetch(`${ro.url}/native/a`, { headers: ro.headers })).text()).toBe('hello');
    expect((await fetch(`${ro.url}/native/b`, { method: 'PUT', headers: ro.headers, body: 'x' })).status).toBe(403);
    const other = await login(swift().swift.other);
    expect(other.url).not.toBe(rw.url);
    expect((await fetch(`${rw.url}/native/a`, { headers: other.headers })).status).toBe(403);
    expect((await login({ ...swift().swift.rw, key: 'wrong' })).status).toBe(401);
  });
});
