import { DeleteObjectCommand, DeleteObjectsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type LocationPath, parentPath } from '../../../../shared/storage/path.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { S3Context } from './context.ts';
import { folderKeyOf, keyOf } from './keys.ts';
import { listKeys } from './listing.ts';
import { askFacts } from './object-facts.ts';

/** Objects that DeleteObjects takes at once. */
const AT_ONCE = 1000;
const PARALLEL = 8;

/** Makes the empty objects that mark a folder and those above it. @throws StorageError already_exists when a file has one of the names */
export async function makeFolder({ session, settings }: S3Context, path: LocationPath, uriOf: (path: LocationPath) => string, { signal }: OperationOptions): Promise<void> {
  const folders: LocationPath[] = [];
  for (let folder = path; folder !== ''; folder = parentPath(folder)) folders.unshift(folder);
  await Promise.all(
    folders.map(async (folder) => {
      if (await isThere(session, keyOf(settings.prefix, folder), signal)) throw new StorageError('already_exists', `There is a file ${uriOf(folder)}, so no folder of that name is made.`, { context: { uri: uriOf(folder) } });
    }),
  );
  for (const folder of folders) {
    const key = folderKeyOf(settings.prefix, folder);
    if (await isThere(session, key, signal)) continue;
    await session.send(new PutObjectCommand({ Bucket: session.bucket, Key: key, Body: '', ContentType: 'application/x-directory' }), { doing: `make the folder ${uriOf(folder)}`, uri: uriOf(folder), signal });
  }
}

/** Removes everything in a folder, page after page. */
export async function removeFolder({ session, settings, findings }: S3Context, path: LocationPath, { signal }: OperationOptions): Promise<void> {
  for await (const { objects } of listKeys(session, folderKeyOf(settings.prefix, path), { signal })) await removeKeys({ session, findings }, objects.map(({ key }) => key), { signal });
}

/** @throws StorageError with the first refusal; the others are removed */
export async function removeKeys({ session, findings }: Pick<S3Context, 'session' | 'findings'>, keys: readonly string[], { signal }: OperationOptions): Promise<void> {
  // Some characters cannot stand in the XML of a list.
  const [listable, single] = findings.bulkDelete ? [keys.filter(isXml), keys.filter((key) => !isXml(key))] : [[], keys];
  for (let at = 0; at < listable.length; at += AT_ONCE) {
    const batch = listable.slice(at, at + AT_ONCE);
    const { Errors = [] } = await session.send(new DeleteObjectsCommand({ Bucket: session.bucket, Delete: { Quiet: true, Objects: batch.map((Key) => ({ Key })) } }), { doing: `delete in s3://${session.bucket}`, signal });
    const [first] = Errors;
    if (first !== undefined) throw new StorageError(first.Code === 'AccessDenied' ? 'permission_denied' : 'unavailable', `Could not delete s3://${session.bucket}/${first.Key ?? ''} and ${Errors.length - 1} more: ${first.Code ?? 'no reason was given'}.`, { context: { uri: `s3://${session.bucket}/`, s3: first.Code ?? '' } });
  }
  await inParallel(single, (key) => session.send(new DeleteObjectCommand({ Bucket: session.bucket, Key: key }), { doing: `delete s3://${session.bucket}/${key}`, signal }));
}

/** Does it for each, several at once; ends with the first failure after all that were begun have ended. */
export async function inParallel<T>(items: Iterable<T>, action: (item: T) => Promise<unknown>): Promise<void> {
  const left = items[Symbol.iterator]();
  let failed = false;
  const next = async (): Promise<void> => {
    for (let item = left.next(); item.done !== true && !failed; item = left.next()) {
      await action(item.value).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: PARALLEL }, next));
  const refused = ended.find((each) => each.status === 'rejected');
  if (refused !== undefined) throw refused.reason;
}

async function isThere(session: S3Context['session'], key: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await askFacts(session, key, { uri: `s3://${session.bucket}/${key}`, signal });
    return true;
  } catch (error) {
    if (error instanceof StorageError && error.code === 'not_found') return false;
    throw error;
  }
}

/** The characters of XML 1.0, section 2.2, without the carriage return, which a reader makes a line feed of. */
function isXml(key: string): boolean {
  return /^[\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u.test(key);
}
