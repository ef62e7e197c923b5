import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ByteBudget } from '../../byte-budget.ts';
import type { KnownFile } from '../../storage-backend.ts';
import { S3Backend } from './backend.ts';
import type { S3Context } from './context.ts';
import { NOTHING_WRITTEN } from './findings.ts';
import { S3RequestHandler } from './request-handler.ts';
import { S3Session } from './session.ts';

const BEFORE = '900150983cd24fb0d6963f7d28e17f72';
const MODIFIED = new Date('2013-05-24T00:00:00Z');

let server: Server;
let session: S3Session;
let asked: (string | undefined)[] = [];
let etag = BEFORE;

beforeEach(async () => {
  asked = [];
  etag = BEFORE;
  server = createServer((request, response) => {
    asked.push(request.method);
    response.writeHead(200, { etag: `"${etag}"`, 'content-length': '3', 'last-modified': MODIFIED.toUTCString() }).end('abc');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const handler = new S3RequestHandler({ trust: null, proxy: null, silence: 5000 });
  session = new S3Session({ bucket: 'b', root: 's3://b/', endpoint, region: 'eu-test-1', pathStyle: true, credentials: null, handler, secrets: [] });
});
afterEach(async () => {
  session.close();
  await new Promise((resolve) => server.close(resolve));
});

function file(known: KnownFile): S3Backend {
  const findings = { ...NOTHING_WRITTEN, list: true, rangeRead: true, notTried: null, etagIsMd5: true, versions: false, full: false };
  return new S3Backend({ session, findings, memory: new ByteBudget(1) } as unknown as S3Context, 'k', 's3://b/k', known);
}

test('the digest that came with all the bytes answers the next question for it, and no other', async () => {
  const read = file({ size: 3, modified: MODIFIED });
  expect((await buffer(await read.open())).toString()).toBe('abc');
  expect(await read.checksum()).toBe(`md5:${BEFORE}`);
  expect(asked).toEqual(['GET']);
  etag = 'ffffffffffffffffffffffffffffffff';
  expect(await read.checksum()).toBe(`md5:${etag}`);
  expect(asked).toEqual(['GET', 'HEAD']);
});

test.each([
  ['the object is another one than was looked at', { size: 3, modified: new Date('2013-05-25T00:00:00Z') }, {}],
  ['nobody looked at it before', {}, {}],
  ['only a part was read', { size: 3, modified: MODIFIED }, { start: 1, end: 2 }],
])('the server is asked for the digest when %s', async (_, known, range) => {
  const read = file(known);
  await read.open(range).then(buffer).catch(() => undefined);
  await read.checksum();
  expect(asked).toEqual(['GET', 'HEAD']);
});

test('the server is asked for the digest when not all bytes were read', async () => {
  const read = file({ size: 3, modified: MODIFIED });
  (await read.open()).destroy();
  await read.checksum();
  expect(asked).toEqual(['GET', 'HEAD']);
});
