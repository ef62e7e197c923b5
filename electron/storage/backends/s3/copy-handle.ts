import { StorageError } from '../../../../shared/storage/errors.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { WriteHandle } from '../../write-handle.ts';
import type { Target } from './context.ts';
import { copyObject } from './copy-object.ts';
import { askFacts } from './object-facts.ts';
import { publishedAs, type S3Published } from './published.ts';
import { removeOwn } from './remove-own.ts';

/** A copy that the server makes when it is committed. @returns null when the keys of the destination may not read the source */
export async function copyHandle(from: Target & { readonly versionId: string | undefined }, to: Target, { signal }: OperationOptions): Promise<Omit<WriteHandle, 'stream'> | null> {
  const source = from.context.session.bucket === to.context.session.bucket ? to.context.session : to.context.session.at(from.context.session.bucket);
  const seen = await askFacts(source, from.key, { uri: from.uri, versionId: from.versionId, signal }).catch((error: unknown) => {
    if (error instanceof StorageError && (error.code === 'permission_denied' || error.code === 'authentication_failed')) return null;
    throw error;
  });
  if (seen === null) return null;
  let made: S3Published | null = null;
  return {
    commit: async () => {
      made = publishedAs(to.context.findings, await copyObject({ ...from, facts: seen }, to, { signal }));
      return made;
    },
    abort: async () => {
      if (made !== null) await removeOwn(to, { versionId: made.versionId ?? null, etag: made.etag }).catch(() => undefined);
    },
  };
}
