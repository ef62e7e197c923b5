import { createHash } from 'node:crypto';
import { S3Error } from './s3-error.ts';
import { chunkSignature, equal, trailerSignature, type Signature } from './s3-signature.ts';

const SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const SIGNED_TRAILER = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
const UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

/** A line that is longer belongs to no chunk's head. */
const LONGEST_LINE = 16 * 1024;

/** Whether the body comes in chunks of its own, within those of HTTP. @throws S3Error for a form that there is not */
export function isChunked(payload: string): boolean {
  if ([SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER].includes(payload)) return true;
  if (payload === 'UNSIGNED-PAYLOAD' || isHash(payload)) return false;
  throw new S3Error(400, 'InvalidArgument', 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.');
}

/** Whether it is the SHA-256 of the body. */
export function isHash(payload: string): boolean {
  return /^[0-9a-f]{64}$/.test(payload);
}

/**
 * Takes an aws-chunked body apart and checks the chunks' signatures where there are some
 * (docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html).
 *
 * @param trailers filled when the body is through
 * @throws S3Error SignatureDoesNotMatch, or IncompleteBody for a body that ends early
 */
export async function* decodeChunks(body: AsyncIterable<Buffer>, signature: Signature, trailers: Map<string, string>): AsyncGenerator<Buffer> {
  const reader = new Reader(body);
  const signed = signature.payload !== UNSIGNED_TRAILER;
  let previous = signature.signature;
  for (;;) {
    const [size = '', ...extensions] = (await reader.line()).split(';');
    if (!/^[0-9a-f]+$/i.test(size)) throw incomplete(`a chunk's size is ${JSON.stringify(size)}`);
    const hash = createHash('sha256');
    let left = Number.parseInt(size, 16);
    const last = left === 0;
    while (left > 0) {
      const piece = await reader.some(left);
      left -= piece.length;
      if (signed) hash.update(piece);
      yield piece;
    }
    if (signed) previous = checkChunk(signature, previous, hash.digest('hex'), extensions);
    if (last) break;
    if ((await reader.line()) !== '') throw incomplete('a chunk does not end where it says');
  }
  await readTrailers(reader, signature, previous, trailers);
}

function checkChunk(signature: Signature, previous: string, hash: string, extensions: readonly string[]): string {
  const wanted = chunkSignature(signature, previous, hash);
  const given = extensions.find((one) => one.startsWith('chunk-signature='))?.slice('chunk-signature='.length) ?? '';
  if (!equal(wanted, given)) throw new S3Error(403, 'SignatureDoesNotMatch', 'The signature of a chunk does not match.');
  return wanted;
}

async function readTrailers(reader: Reader, signature: Signature, previous: string, trailers: Map<string, string>): Promise<void> {
  let signedText = '';
  let given: string | null = null;
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const at = line.indexOf(':');
    const name = line.slice(0, at).trim().toLowerCase();
    const value = line.slice(at + 1).trim();
    if (name === 'x-amz-trailer-signature') given = value;
    else {
      signedText += `${name}:${value}\n`;
      trailers.set(name, value);
    }
  }
  if (signature.payload === SIGNED_TRAILER && !equal(trailerSignature(signature, previous, signedText), given ?? '')) throw new S3Error(403, 'SignatureDoesNotMatch', 'The signature of the trailing headers does not match.');
}

/** Lines and bytes of a stream. */
class Reader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Up to CR LF, without it. */
  async line(): Promise<string> {
    for (let at = this.#rest.indexOf('\r\n'); ; at = this.#rest.indexOf('\r\n')) {
      if (at !== -1) {
        const line = this.#rest.subarray(0, at).toString('latin1');
        this.#rest = this.#rest.subarray(at + 2);
        return line;
      }
      if (this.#rest.length > LONGEST_LINE) throw incomplete('a line has no end');
      this.#rest = Buffer.concat([this.#rest, await this.#next()]);
    }
  }

  /** At least one byte, at most so many. */
  async some(most: number): Promise<Buffer> {
    if (this.#rest.length === 0) this.#rest = await this.#next();
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  async #next(): Promise<Buffer> {
    for (;;) {
      const { value, done } = await this.#source.next();
      if (done) throw incomplete('it ends early');
      if (value.length > 0) return value;
    }
  }
}

function incomplete(why: string): S3Error {
  return new S3Error(400, 'IncompleteBody', `The request body terminated unexpectedly: ${why}.`);
}
