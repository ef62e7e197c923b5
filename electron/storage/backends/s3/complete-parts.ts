import { type CompleteMultipartUploadCommandInput, CompleteMultipartUploadCommand, PutObjectCommand, PutObjectTaggingCommand } from '@aws-sdk/client-s3';
import { type Checksum, checksumHex } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { PartProof } from '../../../../shared/storage/evidence.ts';
import type { SaveStreamOptions } from '../../storage-backend.ts';
import { startOver, type WriteHandle } from '../../write-handle.ts';
import { checksumField } from './checksum-fields.ts';
import type { Target } from './context.ts';
import { DECLARED_SHA256, UPLOAD_MARK } from './declared.ts';
import { wordOf } from './errors.ts';
import { etagOfParts, meaningOf } from './etag.ts';
import { listParts } from './listed-parts.ts';
import { askFacts, type ObjectFacts, versionOf } from './object-facts.ts';
import type { DonePart, PartsState } from './parts-state.ts';
import { publishedAs, type S3Published } from './published.ts';
import { notThere } from './put-whole.ts';
import { removeOwn } from './remove-own.ts';
import { completedBy } from './remove-upload.ts';
import { requireAbsent } from './require-absent.ts';

type Written = Parameters<WriteHandle['commit']>[0];

/** Puts the parts together under the name, and says what is known of the result. A lost answer is looked up by the mark in the object's metadata. */
export async function completeParts(target: Target, state: PartsState, written: Written, options: SaveStreamOptions): Promise<S3Published> {
  const { context, uri } = target;
  const { findings } = context;
  const done = [...state.done].sort(([a], [b]) => a - b).map(([, part]) => part);
  const facts = state.adopted ?? (await putTogether(target, state, done, written, options));
  const levels = proofOf(target, facts, done);
  if (state.adopted !== null && facts.size !== written.size) throw startOver(`${uri} was completed by an earlier try with ${facts.size ?? 'unknown'} bytes, but the source has ${written.size}: it begins anew.`);
  if (context.settings.declareDigest && findings.tagging) await declare(target, facts, written);
  return publishedAs(findings, facts, { parts: levels });
}

/** @throws StorageError checksum_mismatch when the server's ETag of the parts is another one than ours */
function proofOf({ context: { findings }, uri }: Target, facts: ObjectFacts, done: readonly DonePart[]): readonly PartProof[] {
  const algorithm = findings.parts?.checksum === true && findings.checksum !== null ? findings.checksum : 'md5';
  const sent = done.filter((part) => part.sent).length;
  const checked = algorithm === 'md5' ? findings.contentMd5 : true;
  const transit: readonly PartProof[] = checked && sent > 0 ? [{ level: 1, algorithm, parts: sent }] : [];
  const meaning = meaningOf(facts.etag);
  if (algorithm !== 'md5' || findings.parts?.etagOfMd5s !== true || facts.etagEncrypted || meaning.kind !== 'parts') return transit;
  const expected = etagOfParts(done.map(({ digest }) => digest));
  if (facts.etag.toLowerCase() === expected) return [...transit, { level: 2, algorithm: 'md5', parts: done.length }];
  throw new StorageError('checksum_mismatch', `The server made ${facts.etag} of the parts of ${uri}, but theirs is ${expected}.`, { context: { uri, expected: `etag:${expected}`, found: `etag:${facts.etag}` } });
}

async function putTogether(target: Target, state: PartsState, done: readonly DonePart[], written: Written, options: SaveStreamOptions): Promise<ObjectFacts> {
  const { context, key, uri } = target;
  const { session, findings } = context;
  const { token } = state;
  const claim = options.overwrite ? null : await claimName(target, token.mark, options.signal);
  const whole = findings.parts?.checksum === true ? { ChecksumType: 'FULL_OBJECT' as const, MpuObjectSize: written.size, ...checksumField(findings.checksum, written.checksums) } : {};
  const input: CompleteMultipartUploadCommandInput = {
    Bucket: session.bucket,
    Key: key,
    UploadId: token.uploadId,
    MultipartUpload: { Parts: done.map(({ etag, digest }, index) => ({ PartNumber: index + 1, ETag: etag, ...partField(target, digest) })) },
    ...whole,
    ...(!options.overwrite && findings.parts?.noOverwrite === true && { IfNoneMatch: '*' }),
  };
  try {
    const answer = await session.send(new CompleteMultipartUploadCommand(input), { doing: `put the parts of ${uri} together`, uri, workload: written.size, signal: options.signal });
    const versionId = versionOf(answer.VersionId);
    const facts = await askFacts(session, key, { uri, ...(versionId !== null && { versionId }) }).catch((error: unknown) => {
      throw error instanceof StorageError && error.code === 'not_found' ? notThere(uri, error) : error;
    });
    if (facts.metadata[UPLOAD_MARK] !== token.mark) throw new StorageError('unavailable', `${uri} was replaced by somebody else in the moment in which it was stored.`, { context: { uri, startOver: true } });
    await claim?.release(true);
    return facts;
  } catch (error) {
    const lost = error instanceof StorageError && (error.code === 'unavailable' || error.code === 'not_found' || wordOf(error) === 'ConditionalRequestConflict');
    const facts = lost ? await completedBy(target, token.mark).catch(() => null) : null;
    if (facts !== null && facts.size === written.size) return facts;
    await claim?.release(false).catch(() => undefined);
    // The parts are gone without a result, e.g. by a rule of the bucket.
    if (error instanceof StorageError && error.code === 'not_found') throw startOver(`The parts of ${uri} are gone from the server: it begins anew.`);
    throw (PARTS_REFUSED.has(wordOf(error)) ? await whatIsWrong(target, state).catch(() => null) : null) ?? error;
  }
}

/** Words by which servers refuse to put parts together that are not what they were told to be. */
const PARTS_REFUSED: ReadonlySet<string> = new Set(['BadDigest', 'EntityTooSmall', 'InvalidPart', 'InvalidPartOrder', 'InvalidRequest']);

/** Looks for the part that the server does not have as it was sent. */
async function whatIsWrong({ context: { session, findings }, key, uri }: Target, { token, done, checksum }: PartsState): Promise<StorageError | null> {
  const listed = await listParts(session, { key, uri, uploadId: token.uploadId, checksum: checksum === 'md5' ? null : checksum, etagIsMd5: findings.etagIsMd5 });
  for (const [number, { size, digest }] of done) {
    const there = listed.get(number);
    if (there === undefined) return startOver(`The server answered that it has part ${number} of ${uri}, but it does not: it begins anew.`);
    if (there.size !== size) return new StorageError('size_mismatch', `Part ${number} of ${uri} is stored with ${there.size} bytes, but ${size} were sent.`, { context: { uri, expected: size, found: there.size } });
    if (there.digest !== null && there.digest !== digest) return new StorageError('checksum_mismatch', `Part ${number} of ${uri} is stored as ${there.digest}, but ${digest} was sent.`, { context: { uri, expected: digest, found: there.digest } });
  }
  return null;
}

function partField({ context: { findings } }: Target, digest: Checksum) {
  return findings.parts?.checksum === true && findings.checksum !== null ? checksumField(findings.checksum, { [findings.checksum]: digest }) : {};
}

interface Claim {
  /** The name is the object's now, or is given up. */
  release(completed: boolean): Promise<void>;
}

/**
 * For servers that honour `If-None-Match: *` for whole objects only: an empty object takes the name for the moment in which the parts are
 * put together over it. Where not even that is honoured the name is only looked at.
 */
async function claimName(target: Target, mark: string, signal: AbortSignal | undefined): Promise<Claim | null> {
  const { context, key, uri } = target;
  const { session, findings } = context;
  if (findings.parts?.noOverwrite === true) return null;
  if (!findings.noOverwrite) {
    await requireAbsent(target, signal);
    return null;
  }
  try {
    const { VersionId, ETag = '' } = await session.send(new PutObjectCommand({ Bucket: session.bucket, Key: key, Body: '', IfNoneMatch: '*', Metadata: { [UPLOAD_MARK]: mark } }), { doing: `take the name ${uri}`, uri, signal });
    const versionId = versionOf(VersionId);
    return {
      release: async (completed) => {
        if (completed && versionId === null) return;
        await removeOwn(target, { versionId, etag: ETag.replaceAll('"', '') });
      },
    };
  } catch (error) {
    // Taken by an earlier try of this very upload that was cut off in between.
    if (error instanceof StorageError && error.code === 'already_exists' && (await completedBy(target, mark))?.size === 0) return null;
    throw error;
  }
}

/** Metadata must be there before the first byte goes, so the digest of a file in parts becomes a tag. It is a mere note: that it fails spoils nothing. */
async function declare({ context: { session }, key, uri }: Target, { versionId }: ObjectFacts, { checksums: { sha256 } }: Written): Promise<void> {
  if (sha256 === undefined) return;
  const command = new PutObjectTaggingCommand({ Bucket: session.bucket, Key: key, ...(versionId !== null && { VersionId: versionId }), Tagging: { TagSet: [{ Key: DECLARED_SHA256, Value: checksumHex(sha256) }] } });
  await session.send(command, { doing: `note the digest of ${uri}`, uri }).catch(() => undefined);
}
