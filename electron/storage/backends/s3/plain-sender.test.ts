import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { note } from './body-notes.ts';
import { S3RequestHandler } from './request-handler.ts';
import { S3Session } from './session.ts';

const HASH = '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072';

let server: Server;
let session: S3Session;
let seen: IncomingMessage[] = [];
/** statuses of the next answers; then 200 */
let statuses: number[] = [];

beforeEach(async () => {
  seen = [];
  statuses = [];
  server = createServer((request, response) => {
    seen.push(request);
    request.resume().on('end', () => response.writeHead(statuses.shift() ?? 200, { etag: '"e"', 'content-length': '3', 'last-modified': 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-meta-mark': 'm', 'x-amz-storage-class': 'COLD' }).end('abc'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  session = sessionFor('plain');
});
afterEach(async () => {
  session.close();
  await new Promise((resolve) => server.close(resolve));
});

function sessionFor(bucket: string): S3Session {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const handler = new S3RequestHandler({ trust: null, proxy: null, silence: 5000 });
  return new S3Session({ bucket, root: `s3://${bucket}/`, endpoint, region: 'eu-test-1', pathStyle: true, credentials: { accessKeyId: 'AK', secretAccessKey: 'secret', sessionToken: 'token' }, handler, secrets: ['secret'] });
}

const doing = 'try';
const bySdk = (request: IncomingMessage | undefined): boolean => request?.headers['amz-sdk-invocation-id'] !== undefined;
const head = (Key: string) => session.sendPlain(new HeadObjectCommand({ Bucket: 'plain', Key, ChecksumMode: 'ENABLED' }), { doing });

test('the SDK finds the bucket; what follows asks for the same, with the same fields in the answer', async () => {
  const key = "a b/ü!'()*+&=~?#%41.txt";
  const first = await head(key);
  const second = await head(key);
  expect(seen.map(bySdk)).toEqual([true, false]);
  expect(seen[1]?.url).toBe(seen[0]?.url);
  const compared = ['host', 'x-amz-checksum-mode', 'x-amz-content-sha256', 'x-amz-security-token'];
  for (const name of compared) expect(seen[1]?.headers[name], name).toBe(seen[0]?.headers[name]);
  for (const request of seen) expect(request.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AK\/\d{8}\/eu-test-1\/s3\/aws4_request, SignedHeaders=/);
  const { $metadata, ...fields } = first as typeof first & { $metadata?: unknown };
  expect($metadata).toBeDefined();
  expect(second).toEqual(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));
});

test('a body goes as it is, with what is known of it', async () => {
  await head('first');
  const body = Buffer.from('abc');
  note(body, { payloadHash: HASH });
  await session.sendPlain(new PutObjectCommand({ Bucket: 'plain', Key: 'k', Body: body, ContentMD5: 'bWQ1', IfNoneMatch: '*', Metadata: { Mark: 'm' } }), { doing });
  expect(bySdk(seen[1])).toBe(false);
  expect(seen[1]?.headers).toMatchObject({ 'content-length': '3', 'content-md5': 'bWQ1', 'if-none-match': '*', 'x-amz-content-sha256': HASH, 'x-amz-meta-mark': 'm' });
});

test('a failed try counts as the SDK’s first: it tries again, and says how often', async () => {
  await head('first');
  statuses = [503, 500];
  await head('again');
  expect(seen.map(bySdk)).toEqual([true, false, true, true]);
  statuses = [503, 503, 503, 503];
  await expect(head('never')).rejects.toMatchObject({ code: 'rate_limited', cause: { $metadata: { attempts: 3 } } });
  expect(statuses).toHaveLength(1);
  statuses = [404];
  seen = [];
  await expect(head('missing')).rejects.toMatchObject({ code: 'not_found' });
  expect(seen.map(bySdk)).toEqual([false]);
});

test.each([
  ['a field that is not known here', () => new GetObjectCommand({ Bucket: 'plain', Key: 'k', IfMatch: 'e' })],
  ['a key with a step that a server may resolve', () => new GetObjectCommand({ Bucket: 'plain', Key: 'a/../k' })],
  ['a body of which nothing is known', () => new PutObjectCommand({ Bucket: 'plain', Key: 'k', Body: Buffer.from('abc') })],
])('%s is left to the SDK', async (_, command) => {
  await head('first');
  await session.sendPlain(command(), { doing });
  expect(seen.map(bySdk)).toEqual([true, true]);
});
