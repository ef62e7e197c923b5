import type { BlobItem } from '@azure/storage-blob';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileInstance } from '../../../../shared/storage/file-instance.ts';
import { type LocationPath, baseName, joinLocationPath, parseName } from '../../../../shared/storage/path.ts';
import { folderUriOf, uriOf } from '../../http/uri.ts';
import { type AzureClient, stoppedBy } from './client.ts';

/** Entries of one page. */
const PAGE_SIZE = 1000;

/** Metadata of the empty blob that stands for a folder; accounts with a hierarchical namespace have it on real ones. */
export const FOLDER_MARK: Readonly<Record<string, string>> = { hdi_isfolder: 'true' };

export function isFolderMark(metadata: Readonly<Record<string, string>> | undefined): boolean {
  return Object.entries(metadata ?? {}).some(([key, value]) => key.toLowerCase() === 'hdi_isfolder' && value.toLowerCase() === 'true');
}

/** What a listing says of a blob or a folder. */
export interface Entry {
  readonly kind: 'file' | 'folder';
  /** bytes; null for folders */
  readonly size: number | null;
  readonly modified: Date | null;
  readonly archived: boolean;
}

/** Pages of a folder. Names that are none or come twice are dropped, whatever the service says; an empty folder gives no page. */
export async function* listFolder(client: AzureClient, path: LocationPath, writable: boolean, signal: AbortSignal | undefined): AsyncGenerator<readonly FileInstance[]> {
  const { root } = client.address;
  const uri = folderUriOf(root, path);
  const prefix = client.prefix(path);
  const pages = client.container.listBlobsByHierarchy('/', { prefix, includeMetadata: true, ...stoppedBy(signal) }).byPage({ maxPageSize: PAGE_SIZE });
  // A folder may come as the blob that stands for it and, pages later, as the beginning of names.
  const folders = new Set<string>();
  let last: string | null = null;
  for (;;) {
    const { value, done } = await client.ask(`list ${uri}`, uri, () => pages.next(), signal);
    if (done === true) return;
    const page: FileInstance[] = [];
    const add = (name: string, entry: Entry): void => {
      // Blobs come in the order of their names.
      if (entry.kind === 'folder' ? folders.has(name) : name === last) return;
      const instance = instanceOf(root, path, name, entry, writable);
      if (instance === null) return;
      if (entry.kind === 'folder') folders.add(name);
      else last = name;
      page.push(instance);
    };
    const { blobPrefixes = [], blobItems } = value.segment;
    for (const { name } of blobPrefixes) add(name.slice(prefix.length).replace(/\/$/, ''), { kind: 'folder', size: null, modified: null, archived: false });
    for (const item of blobItems) add(item.name.slice(prefix.length), entryOf(item));
    if (page.length > 0) yield page;
  }
}

/** `empty`: nothing lies in it but the blob that stands for it, as other programs make one with a slash at the end. */
export async function folderState(client: AzureClient, path: LocationPath, signal: AbortSignal | undefined): Promise<'missing' | 'empty' | 'full'> {
  const uri = folderUriOf(client.address.root, path);
  const prefix = client.prefix(path);
  const pages = client.container.listBlobsFlat({ prefix, ...stoppedBy(signal) }).byPage({ maxPageSize: 2 });
  // A page may be empty and yet not the last one.
  for (let found: string[] = []; ; ) {
    const { value, done } = await client.ask(`look into ${uri}`, uri, () => pages.next(), signal);
    if (done === true) return found.length === 0 ? 'missing' : 'empty';
    found = [...found, ...value.segment.blobItems.map(({ name }) => name)];
    if (found.some((name) => name !== prefix)) return 'full';
  }
}

/** @returns null for a name that could not be asked for again, such as one that leaves the folder */
export function instanceOf(root: string, folder: LocationPath, name: string, { kind, size, modified, archived }: Entry, writable: boolean): FileInstance | null {
  try {
    const path = joinLocationPath(folder, parseName(name));
    return { kind, path, name: baseName(path), uri: kind === 'folder' ? folderUriOf(root, path) : uriOf(root, path), size, modified: modified?.toISOString() ?? null, checksum: null, readable: !archived, writable };
  } catch (error) {
    if (error instanceof StorageError && error.code === 'invalid_location') return null;
    throw error;
  }
}

function entryOf({ metadata, properties }: BlobItem): Entry {
  if (isFolderMark(metadata)) return { kind: 'folder', size: null, modified: null, archived: false };
  return { kind: 'file', size: properties.contentLength ?? null, modified: properties.lastModified, archived: properties.accessTier === 'Archive' };
}
