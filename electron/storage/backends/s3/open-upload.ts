import { randomUUID } from 'node:crypto';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { SaveStreamOptions } from '../../storage-backend.ts';
import { algorithmName } from './checksum-fields.ts';
import type { Target } from './context.ts';
import { UPLOAD_MARK } from './declared.ts';
import { listParts } from './listed-parts.ts';
import type { ObjectFacts } from './object-facts.ts';
import type { PartsState } from './parts-state.ts';
import { PartsUpload } from './parts-upload.ts';
import { completedBy, removeUpload } from './remove-upload.ts';
import { formatToken, parseToken, type ResumeToken } from './resume-token.ts';

/** Begins an upload in parts, or goes on with that of the token. What a token names that does not fit is removed. `resume.keep` is told before it resolves. */
export async function openUpload(target: Target, partSize: number, options: SaveStreamOptions): Promise<PartsUpload> {
  const earlier = parseToken(options.resume?.token ?? '');
  const again = earlier === null ? null : await goOn(target, earlier, options);
  const upload = again ?? (await begin(target, partSize, options));
  const { token, size } = upload.state;
  if (size !== undefined) options.resume?.keep(formatToken({ ...token, size }));
  return upload;
}

async function begin(target: Target, partSize: number, options: SaveStreamOptions): Promise<PartsUpload> {
  const { context, key, uri } = target;
  const { session, findings, settings } = context;
  const mark = randomUUID();
  const whole = findings.parts?.checksum === true ? findings.checksum : null;
  const { UploadId } = await session.send(
    new CreateMultipartUploadCommand({
      Bucket: session.bucket,
      Key: key,
      ContentType: 'application/octet-stream',
      Metadata: { [UPLOAD_MARK]: mark },
      ...(whole !== null && { ChecksumAlgorithm: algorithmName(whole), ChecksumType: 'FULL_OBJECT' }),
      ...(settings.storageClass !== null && { StorageClass: settings.storageClass as never }),
    }),
    { doing: `begin an upload of ${uri}`, uri, signal: options.signal },
  );
  if (UploadId === undefined || UploadId === '') throw new StorageError('unexpected', `The server began an upload of ${uri} but gave no id for it.`, { context: { uri } });
  return new PartsUpload(target, stateOf(target, { bucket: session.bucket, key, uploadId: UploadId, mark, partSize }, options.size, null), new Map(), options);
}

async function goOn(target: Target, token: ResumeToken, options: SaveStreamOptions): Promise<PartsUpload | null> {
  const { context, key, uri } = target;
  const { session, findings } = context;
  if (token.bucket !== session.bucket || token.key !== key) return null;
  if (token.size !== options.size) {
    await removeUpload(target, token, { evenCompleted: false });
    return null;
  }
  const checksum = findings.parts?.checksum === true ? findings.checksum : null;
  try {
    const listed = await listParts(session, { key, uri, uploadId: token.uploadId, checksum, etagIsMd5: findings.etagIsMd5, signal: options.signal });
    return new PartsUpload(target, stateOf(target, token, token.size, null), listed, options);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'not_found') throw error;
  }
  const facts = await completedBy(target, token.mark, options.signal);
  return facts === null ? null : new PartsUpload(target, stateOf(target, token, token.size, facts), new Map(), options);
}

function stateOf({ context: { findings } }: Target, { bucket, key, uploadId, mark, partSize }: Omit<ResumeToken, 'size'>, size: number | undefined, adopted: ObjectFacts | null): PartsState {
  return { token: { bucket, key, uploadId, mark, partSize }, size, checksum: findings.parts?.checksum === true && findings.checksum !== null ? findings.checksum : 'md5', done: new Map(), adopted };
}
