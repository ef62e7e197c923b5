import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { decodeChunks, isChunked, isHash } from './aws-chunked.ts';
import { CHECKSUM_NAMES, checkForm, createDigester, parseChecksumName, type ChecksumName, type Digester } from './s3-checksums.ts';
import { headerOf, takeLie, type S3Exchange } from './s3-exchange.ts';
import { invalidRequest, S3Error } from './s3-error.ts';
import type { Blob } from './s3-store.ts';

export interface Received {
  readonly blob: Blob;
  /** of what was received, hexadecimal */
  readonly md5: string;
  /** the one that was declared, which is right then, or else by the default algorithm */
  readonly checksum: { readonly name: ChecksumName; readonly value: string };
  /** whether the client declared it */
  readonly declared: boolean;
}

/** The checksum that the client declares, in a header or after the body. */
interface Declared {
  readonly name: ChecksumName;
  /** null: it comes after the body */
  readonly value: string | null;
}

/**
 * Takes the body into a file and checks everything that the client says of it: length, MD5, SHA-256 of the signature, checksum. What does
 * not match leaves nothing behind.
 *
 * @param fallback computed where no checksum is declared, as S3 does
 * @param declared by the client for these bytes
 * @throws S3Error BadDigest, InvalidDigest, XAmzContentSHA256Mismatch, IncompleteBody, SignatureDoesNotMatch, EntityTooLarge, MissingContentLength
 */
export async function receive(exchange: S3Exchange, fallback: ChecksumName, declared = declaredChecksum(exchange)): Promise<Received> {
  const length = expectedLength(exchange);
  if (length > exchange.options.maximumPut) throw new S3Error(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
  const trailers = new Map<string, string>();
  const name = declared?.name ?? fallback;
  const digests = { md5: await createDigester('md5'), checksum: await createDigester(name) };
  const sha256 = isHash(exchange.signature.payload) ? await createDigester('sha256') : null;
  const file = exchange.store.newBlob();
  const seen = { size: 0, stored: 0 };
  try {
    const source = bodyOf(exchange, trailers);
    await pipeline(source, (pieces: AsyncIterable<Buffer>) => spoil(exchange, digest(pieces, [digests.md5, digests.checksum, ...(sha256 === null ? [] : [sha256])], seen), seen), createWriteStream(file));
    if (seen.size !== length && !exchange.response.headersSent) throw new S3Error(400, 'IncompleteBody', `You did not provide the number of bytes specified by the Content-Length HTTP header: ${seen.size} of ${length}`);
    const value = digests.checksum.digest().toString('base64');
    const md5 = digests.md5.digest();
    const said = declared === null ? null : (declared.value ?? trailers.get(`x-amz-checksum-${declared.name}`) ?? '');
    if (said !== null) checkForm(name, said);
    if (takeLie(exchange, 'echo checksum') === null) check(exchange, { name, value, said, md5, sha256: sha256?.digest().toString('hex') ?? null });
    else return { blob: { file, size: seen.stored }, md5: Buffer.from(headerOf(exchange, 'content-md5') ?? md5.toString('base64'), 'base64').toString('hex'), checksum: { name, value: said ?? value }, declared: said !== null };
    return { blob: { file, size: seen.stored }, md5: md5.toString('hex'), checksum: { name, value }, declared: said !== null };
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

function declaredChecksum(exchange: S3Exchange): Declared | null {
  const inHeaders = CHECKSUM_NAMES.filter((name) => headerOf(exchange, `x-amz-checksum-${name}`) !== undefined);
  const trailing = (headerOf(exchange, 'x-amz-trailer') ?? '').split(',').flatMap((one) => /^x-amz-checksum-(\w+)$/.exec(one.trim().toLowerCase())?.[1] ?? []);
  if (inHeaders.length + trailing.length > 1) throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  const [name] = inHeaders;
  if (name !== undefined) {
    const value = headerOf(exchange, `x-amz-checksum-${name}`) ?? '';
    checkForm(name, value);
    return { name, value };
  }
  return trailing[0] === undefined ? null : { name: parseChecksumName(trailing[0]), value: null };
}

function expectedLength(exchange: S3Exchange): number {
  const text = headerOf(exchange, isChunked(exchange.signature.payload) ? 'x-amz-decoded-content-length' : 'content-length');
  const length = Number(text ?? Number.NaN);
  if (!Number.isSafeInteger(length) || length < 0) throw new S3Error(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
  return length;
}

/** The client's bytes; it is asked for them only now. */
export function bodyOf(exchange: S3Exchange, trailers: Map<string, string>): AsyncIterable<Buffer> {
  const { request, response, signature } = exchange;
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
  const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  return isChunked(signature.payload) ? decodeChunks(body, signature, trailers) : body;
}

async function* digest(pieces: AsyncIterable<Buffer>, digesters: readonly Digester[], seen: { size: number }): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    for (const digester of digesters) digester.update(piece);
    seen.size += piece.length;
    yield piece;
  }
}

/** What is stored of what came. */
async function* spoil(exchange: S3Exchange, pieces: AsyncIterable<Buffer>, seen: { stored: number }): AsyncGenerator<Buffer> {
  const truncate = takeLie(exchange, 'truncate')?.to ?? Number.POSITIVE_INFINITY;
  const flip = takeLie(exchange, 'flip')?.at ?? -1;
  const early = takeLie(exchange, 'answer early')?.after ?? Number.POSITIVE_INFINITY;
  let offset = 0;
  for await (const piece of pieces) {
    const stored = Buffer.from(piece.subarray(0, Math.max(0, Math.min(truncate, early) - offset)));
    if (flip >= offset && flip < offset + stored.length) stored[flip - offset] = (stored[flip - offset] ?? 0) ^ 1;
    offset += piece.length;
    seen.stored += stored.length;
    yield stored;
    if (offset >= early && !exchange.response.headersSent) exchange.response.writeHead(200, { etag: '"00000000000000000000000000000000"', 'content-length': 0 }).end();
  }
}

function check(exchange: S3Exchange, { name, value, said, md5, sha256 }: { name: ChecksumName; value: string; said: string | null; md5: Buffer; sha256: string | null }): void {
  if (exchange.response.headersSent) return;
  const wantedMd5 = headerOf(exchange, 'content-md5');
  if (wantedMd5 !== undefined) {
    const bytes = Buffer.from(wantedMd5, 'base64');
    if (bytes.length !== 16 || bytes.toString('base64') !== wantedMd5) throw new S3Error(400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.');
    if (!bytes.equals(md5)) throw new S3Error(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.', { ExpectedDigest: wantedMd5, CalculatedDigest: md5.toString('base64') });
  }
  if (said !== null && said !== value) throw new S3Error(400, 'BadDigest', `The ${name.toUpperCase()} you specified did not match the calculated checksum.`);
  const { payload } = exchange.signature;
  if (sha256 !== null && payload !== sha256) throw new S3Error(400, 'XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match what was computed.", { ClientComputedContentSHA256: payload, S3ComputedContentSHA256: sha256 });
}

/** A small body as text, checked as all others are. @throws S3Error MalformedXML when it is larger than a list of 1000 keys can be */
export async function receiveText(exchange: S3Exchange, declaredForBody = declaredChecksum(exchange)): Promise<{ text: string; declared: boolean }> {
  const { blob, declared } = await receive(exchange, 'crc32', declaredForBody);
  try {
    if (blob.size > 4 * 1024 * 1024) throw new S3Error(400, 'MalformedXML', 'The XML you provided is too large.');
    return { text: await readFile(blob.file, 'utf8'), declared: declared || headerOf(exchange, 'content-md5') !== undefined };
  } finally {
    await rm(blob.file, { force: true });
  }
}
