import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { Target } from './context.ts';
import { askFacts, type ObjectFacts } from './object-facts.ts';

/** Removes an object that this program stored a moment ago: that very version, or what lies under the name while nobody has replaced it. */
export async function removeOwn({ context: { session }, key, uri }: Target, { versionId, etag }: Pick<ObjectFacts, 'versionId' | 'etag'>): Promise<void> {
  if (versionId === null) {
    const now = await askFacts(session, key, { uri });
    if (now.etag !== etag) throw new StorageError('already_exists', `${uri} was replaced by somebody else, so it was left as it is.`, { context: { uri } });
  }
  await session.send(new DeleteObjectCommand({ Bucket: session.bucket, Key: key, ...(versionId !== null && { VersionId: versionId }) }), { doing: `remove ${uri}`, uri });
}
