import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** In what a blob service of the tests differs from an honest one. It asks for no signature. */
export interface BlobServiceOptions {
  /** a wrong `Content-MD5` is refused; default: true */
  readonly checks?: boolean;
  /** where the MD5 that it answers with comes from; default: computed */
  readonly answersMd5?: 'computed' | 'as sent' | 'none';
  /** what becomes of the bytes that arrive, before anything looks at them */
  readonly spoils?: (bytes: Buffer) => Buffer;
  /** what becomes of them when they are stored */
  readonly stores?: (bytes: Buffer) => Buffer;
  /** the size that it reports */
  readonly reports?: (size: number) => number;
  /** it answers before the bytes are there, which it then drops */
  readonly early?: boolean;
  /** a listing holds these names too, as they are */
  readonly lists?: readonly string[];
  /** every request is refused so */
  readonly refuses?: { readonly status: number; readonly code: string; readonly headers?: Readonly<Record<string, string>> };
}

/** A fixture, not a product: the few requests of the blob service that Holdfast sends, so that it can be lied to. */
export interface BlobService {
  /** with an account in it, without a slash at the end */
  readonly endpoint: string;
  readonly blobs: ReadonlyMap<string, Buffer>;
  readonly requests: readonly string[];
  change(options: BlobServiceOptions): void;
  stop(): Promise<void>;
}

interface Stored {
  readonly bytes: Buffer;
  readonly etag: string;
}

export async function startBlobService(first: BlobServiceOptions = {}): Promise<BlobService> {
  let options = first;
  let number = 0;
  const blobs = new Map<string, Stored>();
  const blocks = new Map<string, Map<string, Buffer>>();
  const requests: string[] = [];

  const put = (name: string, bytes: Buffer): Readonly<Record<string, string>> => {
    const etag = `"${++number}"`;
    blobs.set(name, { bytes: (options.stores ?? same)(bytes), etag });
    blocks.delete(name);
    return { etag, 'last-modified': new Date().toUTCString() };
  };

  const store = async (request: IncomingMessage, response: ServerResponse, name: string, query: URLSearchParams): Promise<void> => {
    const there = blobs.get(name);
    if (request.headers['if-none-match'] === '*' && there !== undefined) return refuse(response, 409, 'BlobAlreadyExists');
    if (options.early) {
      answer(response, 201, { etag: '"0"', 'last-modified': new Date().toUTCString() });
      return;
    }
    const bytes = (options.spoils ?? same)(await bodyOf(request));
    const sent = request.headers['content-md5'];
    const computed = createHash('md5').update(bytes).digest('base64');
    if (options.checks !== false && sent !== undefined && sent !== computed) return refuse(response, 400, 'Md5Mismatch');
    const told = { computed, 'as sent': sent, none: undefined }[options.answersMd5 ?? 'computed'];
    const md5 = told === undefined ? {} : { 'content-md5': String(told) };
    if (query.get('comp') === 'block') {
      blocks.set(name, (blocks.get(name) ?? new Map<string, Buffer>()).set(query.get('blockid') ?? '', bytes));
      return answer(response, 201, md5);
    }
    if (query.get('comp') !== 'blocklist') return answer(response, 201, { ...put(name, bytes), ...md5 });
    const ids = [...bytes.toString().matchAll(/<Latest>(.*?)<\/Latest>/g)].map(([, id = '']) => blocks.get(name)?.get(id));
    if (ids.some((block) => block === undefined)) return refuse(response, 400, 'InvalidBlockList');
    answer(response, 201, put(name, Buffer.concat(ids as Buffer[])));
  };

  const listing = (): string => {
    const names = [...blobs.keys(), ...(options.lists ?? [])];
    const items = names.map((name) => `<Blob><Name>${escaped(name)}</Name><Properties><Content-Length>${(options.reports ?? same)(blobs.get(name)?.bytes.length ?? 3)}</Content-Length><Last-Modified>${new Date().toUTCString()}</Last-Modified><BlobType>BlockBlob</BlobType></Properties></Blob>`);
    return `<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>${items.join('')}</Blobs><NextMarker/></EnumerationResults>`;
  };

  const give = (request: IncomingMessage, response: ServerResponse, name: string, query: URLSearchParams): void => {
    if (query.get('comp') === 'blocklist') {
      const list = [...(blocks.get(name) ?? [])].map(([id, bytes]) => `<Block><Name>${id}</Name><Size>${bytes.length}</Size></Block>`).join('');
      return answer(response, 200, {}, `<?xml version="1.0"?><BlockList><CommittedBlocks/><UncommittedBlocks>${list}</UncommittedBlocks></BlockList>`);
    }
    const blob = blobs.get(name);
    if (blob === undefined) return refuse(response, 404, 'BlobNotFound');
    const [, start = '0', end = ''] = /^bytes=(\d+)-(\d*)$/.exec(String(request.headers['x-ms-range'] ?? request.headers['range'] ?? 'bytes=0-')) ?? [];
    const bytes = blob.bytes.subarray(Number(start), end === '' ? undefined : Number(end) + 1);
    const size = request.method === 'HEAD' ? (options.reports ?? same)(bytes.length) : bytes.length;
    const headers = { etag: blob.etag, 'last-modified': new Date().toUTCString(), 'x-ms-blob-type': 'BlockBlob', 'content-length': String(size), 'content-range': `bytes ${start}-${Number(start) + bytes.length - 1}/${blob.bytes.length}` };
    answer(response, request.headers['x-ms-range'] === undefined ? 200 : 206, headers, request.method === 'HEAD' ? undefined : bytes);
  };

  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const name = url.pathname.split('/').slice(3).map(decodeURIComponent).join('/');
    requests.push(`${request.method} ${name}${url.search}`);
    if (options.refuses !== undefined) return refuse(response, options.refuses.status, options.refuses.code, options.refuses.headers);
    if (url.searchParams.get('comp') === 'list') return answer(response, 200, { 'content-type': 'application/xml' }, listing());
    if (name === '') return answer(response, 200, { etag: '"c"', 'last-modified': new Date().toUTCString() });
    if (request.method === 'PUT') return void store(request, response, name, url.searchParams).catch(() => response.destroy());
    if (request.method !== 'DELETE') return give(request, response, name, url.searchParams);
    return blobs.delete(name) ? answer(response, 202, {}) : refuse(response, 404, 'BlobNotFound');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/account`,
    get blobs() {
      return new Map([...blobs].map(([name, { bytes }]) => [name, bytes]));
    },
    requests,
    change: (next) => {
      options = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function same<T>(value: T): T {
  return value;
}

function answer(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>, body: string | Buffer = ''): void {
  response.writeHead(status, { 'x-ms-request-id': '0', ...(body.length > 0 && { 'content-length': String(Buffer.byteLength(body)) }), ...headers });
  response.end(body);
}

function refuse(response: ServerResponse, status: number, code: string, headers: Readonly<Record<string, string>> = {}): void {
  answer(response, status, { 'x-ms-error-code': code, 'content-type': 'application/xml', ...headers }, `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>Refused by the fixture.</Message></Error>`);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function escaped(name: string): string {
  return [...name].map((character) => (/[<>&]|[^\x20-\x7e]/.test(character) ? `&#x${(character.codePointAt(0) ?? 0).toString(16)};` : character)).join('');
}
