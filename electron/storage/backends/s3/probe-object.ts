import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { GetObjectAttributesCommand, GetObjectCommand, PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { type Checksums, checksumHex } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { note } from './body-notes.ts';
import { checksumField, wrongOne } from './checksum-fields.ts';
import { wordOf } from './errors.ts';
import { type Findings, FULL_CHECKSUMS, type FullChecksum } from './findings.ts';
import { askFacts, bareEtag, md5Of } from './object-facts.ts';
import { base64Of, digestsOf } from './part-hasher.ts';
import type { Scratch } from './scratch.ts';
import type { S3Session } from './session.ts';

type ObjectFindings = Pick<Findings, 'rangeRead' | 'etagIsMd5' | 'contentMd5' | 'payloadHash' | 'checksum' | 'noOverwrite' | 'attributes'>;

/** Words by which servers refuse bytes that are not the announced ones. */
const NOTICED: ReadonlySet<string> = new Set(['BadDigest', 'InvalidDigest', 'ContentChecksumMismatch', 'XAmzContentChecksumMismatch', 'XAmzContentSHA256Mismatch']);

/** Stores a few bytes and finds out what the server does with what it is told of them. The key of `scratch` holds an object afterwards. */
export async function probeObject(session: S3Session, scratch: Scratch, signal: AbortSignal | undefined): Promise<ObjectFindings> {
  const bytes = randomBytes(64);
  const checksums = await digestsOf(bytes, ['md5', 'sha256', ...FULL_CHECKSUMS]);
  const key = scratch.named('');
  const put = putter(session, bytes);
  // Without the signal: an object whose upload was cut could come to be after it was deleted. The same below.
  await put(key, {});
  const facts = await askFacts(session, key, { uri: session.root, signal });
  const [{ range }, contentMd5, payloadHash, noOverwrite, attributes, checksum] = await Promise.all([
    requireSameBytes(session, key, bytes, signal),
    refuses(put(scratch.named('md5'), { ContentMD5: base64Of(wrongOne(required(checksums, 'md5'))) })),
    refuses(put(scratch.named('payload'), {}, checksumHex(wrongOne(required(checksums, 'sha256'))))),
    tried(put(key, { IfNoneMatch: '*' })).then((outcome) => outcome === 'name taken'),
    answersAttributes(session, key, bytes.length, facts.etag),
    findChecksum(session, scratch, put, checksums),
  ]);
  return { rangeRead: range, etagIsMd5: md5Of(facts) === checksums.md5, contentMd5, payloadHash, noOverwrite, attributes, checksum };
}

/** A login page or a cache that says yes to everything is no storage. @returns whether a part of it can be read */
export async function requireSameBytes(session: S3Session, key: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<{ readonly range: boolean }> {
  const get = async (Range?: string) => {
    const { Body, ContentRange } = await session.send(new GetObjectCommand({ Bucket: session.bucket, Key: key, ...(Range !== undefined && { Range }) }), { doing: `read a small object in ${session.root}`, signal });
    return { found: await upTo(Body as Readable, bytes.length), ContentRange };
  };
  const [whole, part] = await Promise.all([get(), taken(get('bytes=1-2'))]);
  if (!whole.found.equals(bytes)) throw new StorageError('invalid_config', `${session.server} took a small object, but gave back something else: this is not an S3 server, or a login page stands before it.`, { context: { uri: session.root } });
  return { range: part !== null && part.ContentRange === `bytes 1-2/${bytes.length}` && part.found.equals(bytes.subarray(1, 3)) };
}

/** @returns null when the server refused it, as it may */
export async function taken<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StorageError && error.code !== 'canceled' && error.code !== 'unavailable' && error.code !== 'rate_limited') return null;
    // Some servers answer 500 to what they do not know.
    if (error instanceof StorageError && error.context['status'] === 500) return null;
    throw error;
  }
}

/** What became of a request that a careful server refuses: because the bytes are not the announced ones, because the name is taken, or for reasons that say nothing. */
export async function tried(answer: Promise<unknown>): Promise<'taken' | 'bad digest' | 'name taken' | 'refused'> {
  try {
    await answer;
    return 'taken';
  } catch (error) {
    if (NOTICED.has(wordOf(error))) return 'bad digest';
    if (error instanceof StorageError && error.context['status'] === 412) return 'name taken';
    await taken(Promise.reject(error as Error));
    return 'refused';
  }
}

async function refuses(answer: Promise<unknown>): Promise<boolean> {
  return (await tried(answer)) === 'bad digest';
}

type Put = (key: string, more: Partial<PutObjectCommandInput>, payloadHash?: string) => Promise<unknown>;

function putter(session: S3Session, bytes: Uint8Array): Put {
  return (key, more, payloadHash) => {
    const body = Buffer.from(bytes);
    if (payloadHash !== undefined) note(body, { payloadHash });
    return session.send(new PutObjectCommand({ Bucket: session.bucket, Key: key, Body: body, ContentLength: body.length, ...more }), { doing: `store a small object in ${session.root}` });
  };
}

/** The best kind of which a wrong one is refused, and the right one taken and told. */
async function findChecksum(session: S3Session, scratch: Scratch, put: Put, checksums: Checksums): Promise<FullChecksum | null> {
  const checked = await Promise.all(FULL_CHECKSUMS.map((kind) => refuses(put(scratch.named(kind), checksumField(kind, { [kind]: wrongOne(required(checksums, kind)) })))));
  for (const kind of FULL_CHECKSUMS.filter((_, index) => checked[index])) {
    if ((await taken(put(scratch.named(kind), checksumField(kind, checksums)))) === null) continue;
    const facts = await askFacts(session, scratch.named(kind), { uri: session.root });
    if (facts.checksums[kind] === checksums[kind]) return kind;
  }
  return null;
}

/** Asked of a small object, as some servers answer with the object itself. */
async function answersAttributes(session: S3Session, key: string, size: number, etag: string): Promise<boolean> {
  const answer = await taken(session.send(new GetObjectAttributesCommand({ Bucket: session.bucket, Key: key, ObjectAttributes: ['ETag', 'ObjectSize', 'Checksum', 'ObjectParts'] }), { doing: `ask about an object in ${session.root}` })).catch(() => null);
  return answer?.ObjectSize === size && bareEtag(answer.ETag) === etag;
}

function required(checksums: Checksums, name: 'md5' | 'sha256' | FullChecksum): NonNullable<Checksums[typeof name]> {
  const value = checksums[name];
  if (value === undefined) throw new StorageError('unexpected', `No ${name} digest was computed.`);
  return value;
}

async function upTo(body: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) break;
  }
  return Buffer.concat(chunks);
}
