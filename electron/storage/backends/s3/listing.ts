import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type _Object } from '@aws-sdk/client-s3';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileInstance } from '../../../../shared/storage/file-instance.ts';
import { baseName, type LocationPath, parentPath } from '../../../../shared/storage/path.ts';
import { uriOf } from '../../http/uri.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { decodeKey, folderKeyOf, pathOf } from './keys.ts';
import { sizeOf, wholeSeconds } from './object-facts.ts';
import type { S3Session } from './session.ts';

export interface ListedObject {
  readonly key: string;
  /** bytes */
  readonly size: number;
  /** ISO 8601, UTC, whole seconds */
  readonly modified: string | null;
}

interface KeyPage {
  readonly objects: readonly ListedObject[];
  /** with a slash at the end */
  readonly folders: readonly string[];
}

export interface KeyOptions extends OperationOptions {
  readonly delimiter?: '/';
  /** at most so many a page */
  readonly limit?: number;
}

/** Pages of what begins with a prefix, in the server's order. Keys that cannot be read are left out. */
export async function* listKeys(session: S3Session, prefix: string, { delimiter, limit, signal }: KeyOptions = {}): AsyncGenerator<KeyPage> {
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await session.send(
      new ListObjectsV2Command({
        Bucket: session.bucket,
        Prefix: prefix,
        // Without it a name with a control character makes the answer no XML, or an error of the server.
        EncodingType: 'url',
        ...(delimiter !== undefined && { Delimiter: delimiter }),
        ...(limit !== undefined && { MaxKeys: limit }),
        ...(token !== undefined && { ContinuationToken: token }),
      }),
      { doing: `list s3://${session.bucket}/${prefix}`, signal },
    );
    const decoded = (key: string | undefined): string | null => (key === undefined ? null : page.EncodingType === 'url' ? decodeKey(key) : key);
    yield {
      objects: (page.Contents ?? []).flatMap((object) => objectOf(object, decoded(object.Key))),
      folders: (page.CommonPrefixes ?? []).flatMap(({ Prefix }) => decoded(Prefix) ?? []),
    };
    const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (next !== undefined && next === token) throw new StorageError('unexpected', `The server lists s3://${session.bucket}/${prefix} in a circle.`);
    token = next;
  } while (token !== undefined);
}

function objectOf({ Size, LastModified }: _Object, key: string | null): readonly ListedObject[] {
  return key === null ? [] : [{ key, size: sizeOf(Size) ?? 0, modified: wholeSeconds(LastModified) }];
}

export interface FolderOptions extends OperationOptions {
  readonly prefix: string;
  readonly root: string;
  readonly writable: boolean;
}

/**
 * Pages of a folder: what shares its prefix up to the next slash. Keys that no path can name are left out, and so are further entries of
 * a name; where a file and a folder share one it is the file. @throws StorageError not_found
 */
export async function* listFolder(session: S3Session, folder: LocationPath, { prefix, root, writable, signal }: FolderOptions): AsyncGenerator<readonly FileInstance[]> {
  const folderKey = folderKeyOf(prefix, folder);
  const seen = new Set<string>();
  let exists = folder === '';
  for await (const { objects, folders } of listKeys(session, folderKey, { delimiter: '/', signal })) {
    exists ||= objects.length > 0 || folders.length > 0;
    const page = [
      ...objects.flatMap(({ key, size, modified }) => instanceOf(pathOf(prefix, key), 'file', { folder, root, writable, size, modified })),
      ...folders.flatMap((key) => instanceOf(pathOf(prefix, key.slice(0, -1)), 'folder', { folder, root, writable, size: null, modified: null })),
    ].filter(({ name }) => !seen.has(name) && seen.add(name));
    if (page.length > 0) yield page;
  }
  if (!exists) throw new StorageError('not_found', `There is no folder ${root}${folder}.`, { context: { uri: root } });
}

interface Known {
  readonly folder: LocationPath;
  readonly root: string;
  readonly writable: boolean;
  readonly size: number | null;
  readonly modified: string | null;
}

function instanceOf(path: LocationPath | null, kind: FileInstance['kind'], { folder, root, writable, size, modified }: Known): readonly FileInstance[] {
  // The server decides what it lists; nothing but what lies in the folder is taken.
  if (path === null || parentPath(path) !== folder) return [];
  const uri = safeUri(root, path);
  return uri === null ? [] : [{ kind, path, name: baseName(path), uri: kind === 'folder' ? `${uri}/` : uri, size, modified, checksum: null, readable: true, writable }];
}

function safeUri(root: string, path: LocationPath): string | null {
  try {
    return uriOf(root, path);
  } catch (error) {
    if (error instanceof StorageError && error.code === 'invalid_location') return null;
    throw error;
  }
}

/** Whether there is anything in the folder, its marker included. */
export async function folderExists(session: S3Session, prefix: string, folder: LocationPath, options: OperationOptions): Promise<boolean> {
  for await (const { objects } of listKeys(session, folderKeyOf(prefix, folder), { limit: 1, ...options })) return objects.length > 0;
  return false;
}
