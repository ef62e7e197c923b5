import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ByteBudget } from '../../byte-budget.ts';
import { pattern } from '../../testing/subject.ts';
import type { S3Context } from './context.ts';
import { NOTHING_WRITTEN } from './findings.ts';
import { PartsUpload } from './parts-upload.ts';
import { S3RequestHandler } from './request-handler.ts';
import { S3Session } from './session.ts';

const PART = 8 * 1024 * 1024;
/** more than are held at once */
const FULL_PARTS = 8;
const SOURCE = pattern(FULL_PARTS * PART + 7, 5);

let server: Server;
let session: S3Session;
let memory: ByteBudget;
/** digests of the parts as the server got them */
let got = new Map<number, string>();
let tellsDigests = true;

beforeEach(async () => {
  got = new Map();
  tellsDigests = true;
  memory = new ByteBudget(10 * PART);
  server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const md5 = createHash('md5').update(body).digest('hex');
      const number = /partNumber=(\d+)/.exec(request.url ?? '')?.[1];
      if (number !== undefined) got.set(Number(number), md5);
      response.writeHead(200, { etag: tellsDigests ? `"${md5}"` : '"opaque"' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const handler = new S3RequestHandler({ trust: null, proxy: null, silence: 5000 });
  session = new S3Session({ bucket: 'b', root: 's3://b/', endpoint, region: 'eu-test-1', pathStyle: true, credentials: null, handler, secrets: [] });
  await session.sendPlain(new HeadObjectCommand({ Bucket: 'b', Key: 'k' }), { doing: 'look' });
});
afterEach(async () => {
  vi.restoreAllMocks();
  session.close();
  await new Promise((resolve) => server.close(resolve));
});

function upload(): PartsUpload {
  const findings = { ...NOTHING_WRITTEN, list: true, rangeRead: true, notTried: null, etagIsMd5: true, contentMd5: true, versions: false, full: false };
  const context = { session, findings, memory } as unknown as S3Context;
  const token = { bucket: 'b', key: 'k', uploadId: 'u', mark: 'm', partSize: PART };
  return new PartsUpload({ context, key: 'k', uri: 's3://b/k' }, { token, size: SOURCE.length, checksum: 'md5', done: new Map(), adopted: null }, new Map(), { overwrite: true, size: SOURCE.length });
}

async function sendAll(): Promise<number> {
  const allocations = vi.spyOn(Buffer, 'allocUnsafeSlow');
  const parts = upload();
  for (let at = 0; at < SOURCE.length; at += 1_000_000) await parts.write(SOURCE.subarray(at, at + 1_000_000));
  await parts.finish();
  return allocations.mock.calls.filter(([bytes]) => bytes === PART).length;
}

function expected(): [number, string][] {
  return Array.from({ length: FULL_PARTS + 1 }, (_, at) => [at + 1, createHash('md5').update(SOURCE.subarray(at * PART, (at + 1) * PART)).digest('hex')]);
}

/** Everything was given back: all of it can be taken at once. */
const allFree = () => memory.take(10 * PART, AbortSignal.timeout(2000));

test('the memory of a part that has arrived is used for the next, and no part gets the bytes of another', async () => {
  expect(await sendAll()).toBeLessThan(FULL_PARTS);
  expect([...got].sort(([a], [b]) => a - b)).toEqual(expected());
  await allFree();
});

test('where the server does not say what arrived, each part has memory of its own', async () => {
  tellsDigests = false;
  expect(await sendAll()).toBe(FULL_PARTS);
  expect([...got].sort(([a], [b]) => a - b)).toEqual(expected());
  await allFree();
});

test('an upload that is kept in between holds no memory', async () => {
  const parts = upload();
  for (let at = 0; at < 4 * PART; at += PART) await parts.write(SOURCE.subarray(at, at + PART));
  await parts.keep();
  await allFree();
});

test('what others wait for is not held back for the next part', async () => {
  memory = new ByteBudget(2 * PART);
  const parts = upload();
  await parts.write(SOURCE.subarray(0, PART));
  const other = memory.take(PART, AbortSignal.timeout(2000));
  await parts.write(SOURCE.subarray(PART, PART + 5));
  (await other)();
  await parts.keep();
});
