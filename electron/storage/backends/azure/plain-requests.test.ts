import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Credential } from './credential.ts';
import { PipelineClient } from './pipeline-client.ts';
import { PlainRequests } from './plain-requests.ts';

const KEY = Buffer.alloc(64, 'key').toString('base64');

let server: Server;
let http: PipelineClient;
let seen: IncomingMessage[] = [];
let answer = { status: 201, headers: {}, text: '' };

beforeEach(async () => {
  seen = [];
  answer = { status: 201, headers: {}, text: '' };
  server = createServer((request, response) => {
    seen.push(request);
    request.resume().on('end', () => response.writeHead(answer.status, answer.headers).end(answer.text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  http = new PipelineClient({ origin: origin(), trust: null, proxy: null, silence: 5000 });
});
afterEach(async () => {
  await http.close();
  await new Promise((resolve) => server.close(resolve));
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const requests = (credential: Credential) => new PlainRequests(http, `${origin()}/account/box`, credential);

test('signs with the account’s key as the service’s documentation says', async () => {
  await requests({ kind: 'key', account: 'account', key: KEY }).ask({ method: 'PUT', name: 'a b/ü+#.txt', query: { comp: 'block', blockid: 'aWQ+' }, headers: { 'content-md5': 'bWQ1', 'if-none-match': '*', 'x-ms-blob-type': 'BlockBlob' }, body: Buffer.from('abc') });
  const [request] = seen;
  expect(request?.url).toBe('/account/box/a%20b/%C3%BC%2B%23.txt?comp=block&blockid=aWQ%2B');
  // https://learn.microsoft.com/rest/api/storageservices/authenticate-with-shared-key
  const text = `PUT\n\n\n3\nbWQ1\napplication/octet-stream\n\n\n\n*\n\n\nx-ms-blob-type:BlockBlob\nx-ms-date:${String(request?.headers['x-ms-date'])}\nx-ms-version:2025-01-05\n/account/account/box/a%20b/%C3%BC%2B%23.txt\nblockid:aWQ+\ncomp:block`;
  expect(request?.headers.authorization).toBe(`SharedKey account:${createHmac('sha256', Buffer.from(KEY, 'base64')).update(text).digest('base64')}`);
});

test('a shared access signature goes along as it is', async () => {
  await requests({ kind: 'sas', query: 'sv=1&sig=a%2Bb' }).ask({ method: 'HEAD', name: 'k', query: { versionid: '2025-01-01T00:00:00Z' } });
  expect(seen[0]?.url).toBe('/account/box/k?versionid=2025-01-01T00%3A00%3A00Z&sv=1&sig=a%2Bb');
  expect(seen[0]?.headers.authorization).toBeUndefined();
});

test('what an answer refuses is told in its words', async () => {
  answer = { status: 409, headers: { 'x-ms-error-code': 'BlobAlreadyExists' }, text: '<?xml version="1.0"?><Error><Code>BlobAlreadyExists</Code><Message>&quot;k&quot; &amp;lt; is there.\nRequestId:1</Message></Error>' };
  const refused = requests({ kind: 'anonymous' }).ask({ method: 'PUT', name: 'k', body: Buffer.alloc(0) });
  await expect(refused).rejects.toMatchObject({ name: 'RestError', statusCode: 409, code: 'BlobAlreadyExists', message: '"k" &lt; is there.\nRequestId:1' });
  expect(seen[0]?.headers['content-length']).toBe('0');
});
