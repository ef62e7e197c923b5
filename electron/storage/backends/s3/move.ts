import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { S3Context } from './context.ts';
import { copyObject } from './copy-object.ts';
import { inParallel, removeKeys } from './folders.ts';
import { folderKeyOf } from './keys.ts';
import { listKeys } from './listing.ts';
import { askFacts, md5Of } from './object-facts.ts';

/** Objects of a folder that are copied before any of them is removed: a failure then leaves the old folder whole. */
const BATCH = 100_000;

/** S3 renames nothing: the object is copied inside the server and, once the copy is seen to be the same, removed. */
export async function moveObject(context: S3Context, from: string, to: string, options: OperationOptions): Promise<void> {
  const { session } = context;
  await copyChecked(context, from, to, options);
  await session.send(new DeleteObjectCommand({ Bucket: session.bucket, Key: from }), { doing: `delete s3://${session.bucket}/${from} after it was copied`, signal: options.signal });
}

/** The same for all that is in a folder. */
export async function moveFolder(context: S3Context, from: LocationPath, to: LocationPath, options: OperationOptions): Promise<void> {
  const { session, settings } = context;
  const [source, target] = [folderKeyOf(settings.prefix, from), folderKeyOf(settings.prefix, to)];
  let batch: string[] = [];
  const removeBatch = async (): Promise<void> => {
    await removeKeys(context, batch, options);
    batch = [];
  };
  for await (const { objects } of listKeys(session, source, options)) {
    const keys = objects.map(({ key }) => key).filter((key) => key.startsWith(source));
    await inParallel(keys, (key) => copyChecked(context, key, `${target}${key.slice(source.length)}`, options));
    batch.push(...keys);
    if (batch.length >= BATCH) await removeBatch();
  }
  await removeBatch();
}

async function copyChecked(context: S3Context, from: string, to: string, { signal }: OperationOptions): Promise<void> {
  const { session, findings } = context;
  const uri = `s3://${session.bucket}/${from}`;
  const facts = await askFacts(session, from, { uri, signal });
  const made = await copyObject({ context, key: from, uri, facts }, { context, key: to, uri: `s3://${session.bucket}/${to}` }, { signal });
  const [before, after] = findings.etagIsMd5 ? [md5Of(facts), md5Of(made)] : [null, null];
  if (before !== null && after !== null && before !== after) throw new StorageError('checksum_mismatch', `The server's copy of ${uri} is ${after}, but it is ${before}. It was left where it is.`, { context: { uri, expected: before, found: after } });
}
