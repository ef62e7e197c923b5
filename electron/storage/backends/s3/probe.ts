import { type ListObjectsV2CommandOutput, DeleteObjectCommand, GetBucketVersioningCommand, GetObjectCommand, ListObjectsV2Command, PutObjectTaggingCommand } from '@aws-sdk/client-s3';
import { type ErrorCode, StorageError } from '../../../../shared/storage/errors.ts';
import { throwIfCanceled } from '../../http/connection-failure.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { type Findings, NOTHING_WRITTEN } from './findings.ts';
import { decodeKey } from './keys.ts';
import { askFacts, bareEtag, md5Of } from './object-facts.ts';
import { digestsOf } from './part-hasher.ts';
import { probeObject, requireSameBytes, taken } from './probe-object.ts';
import { probeParts } from './probe-parts.ts';
import { Scratch } from './scratch.ts';
import type { S3Session } from './session.ts';

/** Bytes of an object that is there already and is read to find out what an ETag means, at most. */
const SMALL_OBJECT = 256 * 1024;

export interface ProbeOptions extends OperationOptions {
  readonly prefix: string;
  /** nothing is written */
  readonly readOnly: boolean;
  readonly declareDigest: boolean;
}

/**
 * Tries a bucket: lists it, and stores, asks about and deletes some small objects under a name of its own. A request to delete is tried
 * first on a name that is not there, so a bucket that cannot delete is never left with them.
 * @throws StorageError authentication_failed, permission_denied (everything is refused), not_found, invalid_config (another region), untrusted_server, unavailable, canceled
 */
export async function probeBucket(session: S3Session, options: ProbeOptions): Promise<Findings> {
  const { prefix, readOnly, signal } = options;
  const scratch = new Scratch(session, prefix);
  const [listing, versions, undeletable] = await Promise.all([tryListing(session, prefix, signal), keepsVersions(session, signal), readOnly ? null : tryDelete(session, scratch.key, signal)]);
  const readSide = async (notTried: string, full = false): Promise<Findings> => ({ region: session.region, ...NOTHING_WRITTEN, notTried, full, list: 'page' in listing, versions, ...(await probeReading(session, 'page' in listing ? listing.page : null, signal)) });
  if (readOnly) {
    if ('refused' in listing) throw listing.refused;
    return readSide('the location is set to read only');
  }
  if (undeletable !== null) {
    if ('refused' in listing) throw listing.refused;
    return readSide(undeletable.message);
  }
  try {
    return await probeWriting(session, scratch, { ...options, list: 'page' in listing, versions });
  } catch (error) {
    if (error instanceof StorageError && NOT_WRITABLE.has(error.code) && 'page' in listing) return await readSide(error.message, error.code === 'out_of_space');
    throw error;
  } finally {
    // Also after a cancel: the probe leaves nothing behind.
    await scratch.clear({ versions });
  }
}

/** Refusals after which a bucket can still be read. */
const NOT_WRITABLE: ReadonlySet<ErrorCode> = new Set(['permission_denied', 'unsupported', 'out_of_space']);

interface WritingOptions extends ProbeOptions {
  readonly list: boolean;
  readonly versions: boolean;
}

async function probeWriting(session: S3Session, scratch: Scratch, { list, versions, declareDigest, signal }: WritingOptions): Promise<Findings> {
  const object = await probeObject(session, scratch, signal);
  throwIfCanceled(signal);
  const [parts, tagging] = await Promise.all([probeParts(session, scratch, { checksum: object.checksum, etagIsMd5: object.etagIsMd5, signal }), declareDigest && takesTags(session, scratch)]);
  throwIfCanceled(signal);
  await scratch.clear({ versions });
  return { region: session.region, list, versions, write: true, full: false, notTried: null, ...object, parts, tagging, bulkDelete: scratch.bulkDelete };
}

async function tryListing(session: S3Session, prefix: string, signal: AbortSignal | undefined): Promise<{ readonly page: ListObjectsV2CommandOutput } | { readonly refused: StorageError }> {
  try {
    return { page: await session.send(new ListObjectsV2Command({ Bucket: session.bucket, Prefix: prefix, Delimiter: '/', EncodingType: 'url' }), { doing: `list ${session.root}`, signal }) };
  } catch (error) {
    if (error instanceof StorageError && error.code === 'permission_denied') return { refused: error };
    throw error;
  }
}

/** @returns null when objects can be deleted, else what the server said */
async function tryDelete(session: S3Session, missing: string, signal: AbortSignal | undefined): Promise<StorageError | null> {
  try {
    await session.send(new DeleteObjectCommand({ Bucket: session.bucket, Key: missing }), { doing: `delete in ${session.root}`, signal });
    return null;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    if (error.code === 'not_found') return null;
    if (error.code === 'permission_denied' || error.code === 'unsupported') return error;
    throw error;
  }
}

async function keepsVersions(session: S3Session, signal: AbortSignal | undefined): Promise<boolean> {
  const status = await taken(session.send(new GetBucketVersioningCommand({ Bucket: session.bucket }), { doing: `ask about versions in ${session.root}`, signal }));
  return status?.Status === 'Enabled' || status?.Status === 'Suspended';
}

async function takesTags(session: S3Session, scratch: Scratch): Promise<boolean> {
  return (await taken(session.send(new PutObjectTaggingCommand({ Bucket: session.bucket, Key: scratch.key, Tagging: { TagSet: [{ Key: 'holdfast-probe', Value: '1' }] } }), { doing: `tag an object in ${session.root}` }))) !== null;
}

/** Where nothing may be written, a small object that is there tells whether ranges work and what an ETag is. */
async function probeReading(session: S3Session, page: ListObjectsV2CommandOutput | null, signal: AbortSignal | undefined): Promise<Pick<Findings, 'rangeRead' | 'etagIsMd5'>> {
  const known = page?.Contents?.find(({ Size = 0, ETag }) => Size > 2 && Size <= SMALL_OBJECT && /^[0-9a-f]{32}$/i.test(bareEtag(ETag)));
  const key = known?.Key === undefined ? null : page?.EncodingType === 'url' ? decodeKey(known.Key) : known.Key;
  if (key === null) return { rangeRead: false, etagIsMd5: false };
  const uri = session.root;
  try {
    const facts = await askFacts(session, key, { uri, signal });
    const { Body } = await session.send(new GetObjectCommand({ Bucket: session.bucket, Key: key }), { doing: `read ${uri}`, signal });
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    const { md5 } = await digestsOf(bytes, ['md5']);
    return { rangeRead: await requireSameBytes(session, key, bytes, signal).then(({ range }) => range), etagIsMd5: md5 !== undefined && md5Of(facts) === md5 };
  } catch (error) {
    if (error instanceof StorageError && error.code !== 'canceled' && error.code !== 'unavailable') return { rangeRead: false, etagIsMd5: false };
    throw error;
  }
}
