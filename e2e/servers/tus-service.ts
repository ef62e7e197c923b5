import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a tus server of the tests is. Without options it is honest, compares checksums and gives its uploads by GET. */
export interface TusServiceOptions {
  readonly extensions?: readonly string[];
  readonly algorithms?: readonly string[];
  /** it says that it compares checksums, but takes wrong ones */
  readonly ignoresChecksums?: boolean;
  /** uploads can be fetched; default: true */
  readonly gives?: boolean;
  /** unfinished uploads are gone after so many milliseconds */
  readonly expiresAfter?: number;
  /** all unfinished uploads are gone */
  readonly expired?: boolean;
  /** what it says of an upload of which it has so many bytes */
  readonly says?: (offset: number) => number;
  /** it takes no more of one request */
  readonly takes?: number;
  /** what becomes of the bytes that arrive, before they are compared */
  readonly spoils?: (bytes: Buffer) => Buffer;
  /** what becomes of the bytes when they are stored */
  readonly stores?: (bytes: Buffer) => Buffer;
  /** it answers before the bytes are there, which it then drops */
  readonly early?: boolean;
  readonly maxSize?: number;
  /** where it says that a new upload is */
  readonly location?: string;
  /** every request but OPTIONS is refused so */
  readonly refuses?: number;
  readonly version?: string | null;
}

export interface ServiceUpload {
  readonly name: string;
  readonly bytes: Buffer;
  readonly length: number | null;
}

/** A fixture, not a product: tus 1.0.0 with checksums, expiration and lies, which the real server of the tests has not. */
export interface TusService {
  readonly endpoint: string;
  readonly uploads: readonly ServiceUpload[];
  readonly requests: readonly string[];
  change(options: TusServiceOptions): void;
  stop(): Promise<void>;
}

const EXTENSIONS = ['creation', 'creation-with-upload', 'creation-defer-length', 'termination', 'checksum', 'expiration'];

class Refusal extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`refused with ${status}`);
    this.status = status;
  }
}

interface Upload {
  readonly name: string;
  bytes: Buffer;
  length: number | null;
}

export async function startTusService(first: TusServiceOptions = {}): Promise<TusService> {
  let options = first;
  let number = 0;
  const uploads = new Map<string, Upload>();
  const requests: string[] = [];

  const take = async (request: IncomingMessage, upload: Upload): Promise<void> => {
    const { spoils = same, stores = same, takes = Infinity, ignoresChecksums } = options;
    const bytes = spoils(await bodyOf(request));
    const [name = '', expected] = String(request.headers['upload-checksum'] ?? '').split(' ');
    if (expected !== undefined && !ignoresChecksums && createHash(name).update(bytes).digest('base64') !== expected) throw new Refusal(460);
    upload.bytes = Buffer.concat([upload.bytes, stores(bytes.subarray(0, takes))]);
  };

  const create = async (request: IncomingMessage): Promise<Answer> => {
    const length = request.headers['upload-length'] === undefined ? null : Number(request.headers['upload-length']);
    if (length !== null && length > (options.maxSize ?? Infinity)) throw new Refusal(413);
    const metadata = Object.fromEntries(String(request.headers['upload-metadata'] ?? '').split(',').map((pair) => pair.split(' ')));
    const upload: Upload = { name: Buffer.from(String(metadata['relativePath'] ?? metadata['filename'] ?? ''), 'base64').toString(), bytes: Buffer.alloc(0), length };
    const path = `/files/${++number}`;
    uploads.set(path, upload);
    const expires = options.expiresAfter === undefined ? {} : { 'upload-expires': new Date(Date.now() + options.expiresAfter).toUTCString() };
    if (request.headers['content-type'] !== 'application/offset+octet-stream') return { status: 201, headers: { location: options.location ?? path, ...expires } };
    await take(request, upload);
    return { status: 201, headers: { location: options.location ?? path, ...expires, 'upload-offset': String(said(upload)) } };
  };

  const said = (upload: Upload) => (options.says ?? same)(upload.bytes.length);

  const answerTo = async (request: IncomingMessage, path: string): Promise<Answer> => {
    if (options.refuses !== undefined) throw new Refusal(options.refuses);
    if (request.method === 'POST') return create(request);
    const upload = uploads.get(path);
    if (upload === undefined) throw new Refusal(404);
    if (options.expired && upload.bytes.length !== upload.length) throw new Refusal(410);
    if (request.method === 'GET') {
      if (options.gives === false || upload.bytes.length !== upload.length) throw new Refusal(405);
      return { status: 200, headers: { 'content-length': String(upload.bytes.length) }, body: upload.bytes };
    }
    if (request.method === 'DELETE') {
      uploads.delete(path);
      return { status: 204, headers: {} };
    }
    if (request.method === 'PATCH') {
      if (Number(request.headers['upload-offset']) !== upload.bytes.length) throw new Refusal(409);
      if (options.early) return { status: 204, headers: { 'upload-offset': String(upload.bytes.length + Number(request.headers['content-length'])) } };
      if (request.headers['upload-length'] !== undefined) upload.length = Number(request.headers['upload-length']);
      await take(request, upload);
      return { status: 204, headers: { 'upload-offset': String(said(upload)) } };
    }
    return { status: 200, headers: { 'upload-offset': String(said(upload)), ...(upload.length === null ? { 'upload-defer-length': '1' } : { 'upload-length': String(upload.length) }) } };
  };

  const server: Server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push(`${request.method} ${path}`);
    if (request.method === 'OPTIONS') {
      const { extensions = EXTENSIONS, algorithms = ['md5', 'sha1', 'sha256'], maxSize, version = '1.0.0' } = options;
      return send(response, { status: 204, headers: { ...(version !== null && { 'tus-version': version }), 'tus-extension': extensions.join(','), ...(extensions.includes('checksum') && { 'tus-checksum-algorithm': algorithms.join(',') }), ...(maxSize !== undefined && { 'tus-max-size': String(maxSize) }) } });
    }
    answerTo(request, path).then(
      (answer) => send(response, answer),
      (error: unknown) => (error instanceof Refusal ? send(response, { status: error.status, headers: { connection: 'close' }, body: Buffer.from('refused') }) : response.destroy()),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/files`,
    get uploads() {
      return [...uploads.values()];
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

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { 'tus-resumable': '1.0.0', ...headers });
  response.end(body);
}

function same<T>(value: T): T {
  return value;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
