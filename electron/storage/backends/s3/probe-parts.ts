import { randomBytes } from 'node:crypto';
import { CompleteMultipartUploadCommand, type CompleteMultipartUploadCommandInput, CreateMultipartUploadCommand, ListMultipartUploadsCommand, ListPartsCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { OperationOptions } from '../../storage-backend.ts';
import { algorithmName, checksumField, wrongOne } from './checksum-fields.ts';
import { etagOfParts } from './etag.ts';
import type { FullChecksum, PartFindings } from './findings.ts';
import { askFacts, bareEtag } from './object-facts.ts';
import { digestsOf } from './part-hasher.ts';
import { taken, tried } from './probe-object.ts';
import type { Scratch } from './scratch.ts';
import type { S3Session } from './session.ts';

export interface PartProbeOptions extends OperationOptions {
  readonly checksum: FullChecksum | null;
  readonly etagIsMd5: boolean;
}

/** Uploads a few bytes as one part over the object that `scratch` holds. @returns null when that does not work */
export async function probeParts(session: S3Session, scratch: Scratch, { checksum, etagIsMd5, signal }: PartProbeOptions): Promise<PartFindings | null> {
  const { bucket: Bucket, root } = session;
  const key = scratch.key;
  const bytes = randomBytes(64);
  const checksums = await digestsOf(bytes, ['md5', ...(checksum === null ? [] : [checksum])]);
  const created = await taken(session.send(new CreateMultipartUploadCommand({ Bucket, Key: key, ...(checksum !== null && { ChecksumAlgorithm: algorithmName(checksum), ChecksumType: 'FULL_OBJECT' }) }), { doing: `begin an upload in parts in ${root}` }));
  if (created?.UploadId === undefined) return null;
  const UploadId = created.UploadId;
  scratch.uploading(UploadId);

  const part = await taken(session.send(new UploadPartCommand({ Bucket, Key: key, UploadId, PartNumber: 1, Body: bytes, ContentLength: bytes.length, ...checksumField(checksum, checksums) }), { doing: `send a part in ${root}` }));
  if (part?.ETag === undefined) return null;
  const [listed, uploads] = await Promise.all([
    taken(session.send(new ListPartsCommand({ Bucket, Key: key, UploadId }), { doing: `list parts in ${root}`, signal })),
    taken(session.send(new ListMultipartUploadsCommand({ Bucket, Prefix: key }), { doing: `list uploads in ${root}`, signal })),
  ]);

  const complete = (more: Partial<CompleteMultipartUploadCommandInput>) =>
    session.send(new CompleteMultipartUploadCommand({ Bucket, Key: key, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag, ...checksumField(checksum, checksums) }] }, ...more }), { doing: `put parts together in ${root}` });
  const value = checksum === null ? undefined : checksums[checksum];
  const whole = checksum === null || value === undefined ? {} : ({ ChecksumType: 'FULL_OBJECT', MpuObjectSize: bytes.length, ...checksumField(checksum, checksums) } as const);
  // Each of these completes the upload where the server does not look at it; then it must not be completed again.
  const wrong = checksum === null || value === undefined ? null : await tried(complete({ ...whole, ...checksumField(checksum, { [checksum]: wrongOne(value) }) }));
  const conditional = wrong === 'taken' ? null : await tried(complete({ ...whole, IfNoneMatch: '*' }));
  if (wrong !== 'taken' && conditional !== 'taken' && (await tried(complete(whole))) !== 'taken') return null;
  scratch.uploading(null);

  const facts = await askFacts(session, key, { uri: root });
  return {
    etagOfMd5s: etagIsMd5 && checksums.md5 !== undefined && facts.etag === etagOfParts([checksums.md5]),
    checksum: wrong === 'bad digest' && checksum !== null && facts.checksums[checksum] === value,
    noOverwrite: conditional === 'name taken',
    listed: listed?.Parts?.[0]?.PartNumber === 1 && bareEtag(listed.Parts[0].ETag) === bareEtag(part.ETag) && listed.Parts[0].Size === bytes.length,
    initiator: uploads?.Uploads?.find((each) => each.UploadId === UploadId)?.Initiator?.ID ?? null,
  };
}
