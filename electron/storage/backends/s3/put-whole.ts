import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { checksumHex } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { OperationOptions, SaveStreamOptions } from '../../storage-backend.ts';
import type { WriteHandle } from '../../write-handle.ts';
import { note } from './body-notes.ts';
import { checksumField } from './checksum-fields.ts';
import type { Target } from './context.ts';
import { DECLARED_SHA256 } from './declared.ts';
import { wordOf } from './errors.ts';
import { askFacts, bareEtag, md5Of, type ObjectFacts, versionOf } from './object-facts.ts';
import { base64Of, digestsOf } from './part-hasher.ts';
import type { PlainOutput } from './plain-request.ts';
import { digestOf, publishedAs, type S3Published } from './published.ts';

type Written = Parameters<WriteHandle['commit']>[0];

/** Waits before a further try of a save that another one came in between of (409), in milliseconds. */
const CONFLICT_WAITS = [100, 400, 1000];
/** Tries of bytes that arrive as others than were sent; they are not stored, so another one costs nothing but time. */
const BAD_ARRIVALS = 3;

/** Stores an object with one request that carries the digests of all its bytes; a server that compares them never shows other bytes under the name. */
export async function putWhole(target: Target, bytes: Uint8Array, written: Written, options: Pick<SaveStreamOptions, 'overwrite'> & OperationOptions): Promise<S3Published> {
  const { context, uri } = target;
  const { findings } = context;
  const began = Date.now();
  try {
    const answer = await put(target, bytes, written, options);
    return await published(target, written, answer);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    if (error.code === 'checksum_mismatch') throw await mismatch(error, bytes, written, uri);
    // The answer may be lost though the object is stored, and a second try then finds its own object in the way.
    const lost = (error.code === 'unavailable' && error.context['status'] === undefined) || (error.code === 'already_exists' && triedAgain(error));
    const found = lost && findings.etagIsMd5 ? await stored(target, bytes, began) : null;
    if (found === null) throw error;
    return publishedAs(findings, found);
  }
}

async function put(target: Target, bytes: Uint8Array, written: Written, { overwrite, signal }: Pick<SaveStreamOptions, 'overwrite'> & OperationOptions): Promise<PlainOutput> {
  const { context, key, uri } = target;
  const { session, findings, settings } = context;
  const { md5, sha256 } = written.checksums;
  const body = bytes.length === 0 ? Buffer.alloc(0) : bytes;
  // The digest of the whole is known already, so it is signed also where TLS would do.
  if (sha256 !== undefined) note(body, { payloadHash: checksumHex(sha256) });
  const command = () =>
    new PutObjectCommand({
      Bucket: session.bucket,
      Key: key,
      Body: body,
      ContentLength: body.length,
      ContentType: 'application/octet-stream',
      // Only what the server compares: one that it does not it might give back as its own.
      ...(findings.checksum === null ? findings.contentMd5 && md5 !== undefined && { ContentMD5: base64Of(md5) } : checksumField(findings.checksum, written.checksums)),
      ...(!overwrite && findings.noOverwrite && { IfNoneMatch: '*' }),
      ...(settings.storageClass !== null && { StorageClass: settings.storageClass as never }),
      ...(settings.declareDigest && sha256 !== undefined && { Metadata: { [DECLARED_SHA256]: checksumHex(sha256) } }),
    });
  for (let conflicts = 0, arrivals = 1; ; ) {
    try {
      return await session.sendPlain(command(), { doing: `store ${uri}`, uri, workload: body.length, signal });
    } catch (error) {
      const wait = wordOf(error) === 'ConditionalRequestConflict' ? CONFLICT_WAITS[conflicts++] : undefined;
      if (wait !== undefined) await sleep(wait, undefined, { ...(signal && { signal }) });
      else if (!(error instanceof StorageError) || error.code !== 'checksum_mismatch' || arrivals++ === BAD_ARRIVALS) throw error;
    }
  }
}

async function published(target: Target, written: Written, answer: PlainOutput): Promise<S3Published> {
  const { findings } = target.context;
  const { checksums } = written;
  const sent = findings.checksum === null ? (findings.contentMd5 ? checksums.md5 : undefined) : checksums[findings.checksum];
  const transit = [sent, findings.payloadHash ? checksums.sha256 : undefined].filter((value) => value !== undefined);
  const versionId = versionOf(answer.VersionId);
  const etag = bareEtag(answer.ETag);
  const facts = await askFacts(target.context.session, target.key, { uri: target.uri, ...(versionId !== null && { versionId }) }).catch((error: unknown) => {
    // Who may only write is not told more.
    if (error instanceof StorageError && error.code === 'permission_denied') return null;
    throw error instanceof StorageError && error.code === 'not_found' ? notThere(target.uri, error) : error;
  });
  if (facts === null) {
    const etagEncrypted = answer.SSECustomerAlgorithm !== undefined || (answer.ServerSideEncryption ?? 'AES256') !== 'AES256';
    const digest = digestOf(findings, { etag, etagEncrypted, checksums: {} });
    return { etag, transit, ...(versionId !== null && { versionId }), ...(digest !== null && { size: null, serverDigest: digest }) };
  }
  if (etag !== '' && facts.etag !== etag) throw new StorageError('unavailable', `${target.uri} was replaced by somebody else in the moment in which it was stored.`, { context: { uri: target.uri, startOver: true } });
  return publishedAs(findings, facts, { transit });
}

/** For a server that answered that it stored what it does not have. */
export function notThere(uri: string, cause: unknown): StorageError {
  return new StorageError('unavailable', `The server answered that ${uri} is stored, but does not have it.`, { cause, context: { uri, startOver: true } });
}

/** The object under the name, when it is the one that was just sent. */
async function stored({ context, key, uri }: Target, bytes: Uint8Array, began: number): Promise<ObjectFacts | null> {
  const facts = await askFacts(context.session, key, { uri }).catch(() => null);
  if (facts === null || facts.size !== bytes.length) return null;
  const { md5 } = await digestsOf(bytes, ['md5']);
  // The clocks of the two computers may differ; a minute is far less than anybody's second thought about the same bytes.
  const fresh = facts.modified === null || Date.parse(facts.modified) > began - 60_000;
  return fresh && md5Of(facts) === md5 ? facts : null;
}

function triedAgain(error: StorageError): boolean {
  const { cause } = error;
  return ((cause as { readonly $metadata?: { readonly attempts?: number } } | undefined)?.$metadata?.attempts ?? 1) > 1;
}

/** The server got other bytes than were read: names both digests where the difference arose here. */
async function mismatch(error: StorageError, bytes: Uint8Array, { checksums }: Written, uri: string): Promise<StorageError> {
  const here = await digestsOf(bytes, ['sha256']);
  const { sha256: expected } = checksums;
  if (expected === undefined || here.sha256 === undefined || here.sha256 === expected) return error;
  return new StorageError('checksum_mismatch', `The bytes for ${uri} changed in this computer before they were sent: they are ${here.sha256}, but the source is ${expected}. Nothing was stored.`, { cause: error, context: { ...error.context, expected, found: here.sha256 } });
}

