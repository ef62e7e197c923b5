import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { BEGUN } from './begun-uploads.ts';
import type { Target } from './context.ts';
import { UPLOAD_MARK } from './declared.ts';
import { listParts } from './listed-parts.ts';
import { askFacts, type ObjectFacts } from './object-facts.ts';
import { removeOwn } from './remove-own.ts';
import type { ResumeToken } from './resume-token.ts';

/** The object that this upload became, when it was completed and nobody replaced it since. */
export async function completedBy({ context, key, uri }: Target, mark: string, signal?: AbortSignal): Promise<ObjectFacts | null> {
  try {
    const facts = await askFacts(context.session, key, { uri, signal });
    return facts.metadata[UPLOAD_MARK] === mark ? facts : null;
  } catch (error) {
    if (error instanceof StorageError && (error.code === 'not_found' || error.code === 'permission_denied')) return null;
    throw error;
  }
}

/** Aborts an upload, again while parts that were on their way come in. @param evenCompleted an object that it became is removed too */
export async function removeUpload(target: Target, { key, uploadId, mark }: Pick<ResumeToken, 'key' | 'uploadId' | 'mark'>, { evenCompleted }: { readonly evenCompleted: boolean }): Promise<void> {
  const { context, uri } = target;
  const { session } = context;
  const ask = { doing: `remove the unfinished upload of ${uri}`, uri };
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await session.send(new AbortMultipartUploadCommand({ Bucket: session.bucket, Key: key, UploadId: uploadId }), ask);
      const left = await listParts(session, { key, uri, uploadId, checksum: null, etagIsMd5: false });
      if (left.size === 0) break;
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'not_found') throw error;
      if (attempt === 0 && evenCompleted) {
        const facts = await completedBy(target, mark);
        if (facts !== null) await removeOwn(target, facts);
      }
      break;
    }
  }
  BEGUN.remove(session, uploadId);
}
