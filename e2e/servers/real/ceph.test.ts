import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { CreateBucketCommand, GetObjectCommand, ListBucketsCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { CEPH_QUOTA_BYTES, startCeph, type S3User } from './ceph.ts';
import { describeServer } from './describe-server.ts';
import { useServer } from './use-server.ts';

describeServer('ceph', () => {
  const ceph = useServer(startCeph);
  const as = (credentials: S3User) => new S3Client({ endpoint: ceph().endpoint, region: 'default', forcePathStyle: true, credentials, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED', maxAttempts: 1 });

  it('stores for the one who may write, and lets the other one read what a policy opens', async () => {
    const { rw, ro } = ceph().users;
    await as(rw).send(new CreateBucketCommand({ Bucket: 'open' }));
    await as(rw).send(new PutObjectCommand({ Bucket: 'open', Key: 'a', Body: 'hello' }));
    const read = async () => (await as(ro).send(new GetObjectCommand({ Bucket: 'open', Key: 'a' }))).Body?.transformToString();
    await expect(read()).rejects.toMatchObject({ name: 'AccessDenied' });
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: ['arn:aws:iam:::user/ro'] }, Action: ['s3:*'], Resource: ['arn:aws:s3:::open', 'arn:aws:s3:::open/*'] }] });
    await as(rw).send(new PutBucketPolicyCommand({ Bucket: 'open', Policy }));
    expect(await read()).toBe('hello');
    await expect(as(ro).send(new PutObjectCommand({ Bucket: 'open', Key: 'b', Body: 'x' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('has a user with a quota', async () => {
    const client = as(ceph().users.quota);
    await client.send(new CreateBucketCommand({ Bucket: 'small' }));
    await expect(client.send(new PutObjectCommand({ Bucket: 'small', Key: 'a', Body: Buffer.alloc(CEPH_QUOTA_BYTES + 1) }))).rejects.toThrow();
    await client.send(new PutObjectCommand({ Bucket: 'small', Key: 'a', Body: 'fits' }));
  });

  it('refuses wrong keys', async () => {
    await expect(as({ ...ceph().users.rw, secretAccessKey: 'wrong' }).send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  });

  it('speaks Swift', async () => {
    const { authUrl, user, key } = ceph().swift;
    const answer = await fetch(authUrl, { headers: { 'x-auth-user': user, 'x-auth-key': key } });
    expect(answer.headers.get('x-auth-token')).toBeTruthy();
    const url = answer.headers.get('x-storage-url') ?? '';
    const headers = { 'x-auth-token': answer.headers.get('x-auth-token') ?? '' };
    expect((await fetch(`${url}/box`, { method: 'PUT', headers })).status).toBe(201);
    expect((await fetch(`${url}/box/a`, { method: 'PUT', headers, body: 'hello' })).status).toBe(201);
    expect(await (await fetch(`${url}/box/a`, { headers })).text()).toBe('hello');
  });

  it('shows a certificate of its authority', async () => {
    const ca = await readFile(ceph().caFile, 'utf8');
    const status = await new Promise((resolve, reject) => request(ceph().httpsEndpoint, { ca }, (response) => resolve(response.resume().statusCode)).once('error', reject).end());
    expect(status).toBe(200);
  });
});
