import type { BlobItem } from '@azure/storage-blob';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import { type AzureClient, stoppedBy } from './client.ts';
import { copyBlob } from './copy.ts';
import { makeFolder } from './folders.ts';
import { isFolderMark } from './listing.ts';

/** Blobs of a folder that are worked on at the same time. */
const PARALLEL = 8;

/** Copies, then deletes what was copied and nothing else. Where the source cannot be deleted, nothing has moved. */
export async function moveFile(client: AzureClient, from: LocationPath, to: LocationPath, { overwrite, signal }: { readonly overwrite: boolean; readonly signal?: AbortSignal | undefined }): Promise<void> {
  const uri = client.uri(from);
  const source = client.blob(from);
  const { etag, accessTier, accessTierInferred } = await client.ask(`look up ${uri}`, uri, () => source.getProperties(stoppedBy(signal)), signal);
  await copyBlob(client, source, to, { overwrite, sourceEtag: etag, tier: accessTierInferred === true ? undefined : accessTier, signal });
  try {
    await client.ask(`delete ${uri}`, uri, () => source.delete({ conditions: { ...(etag !== undefined && { ifMatch: etag }) } }));
  } catch (error) {
    if (!overwrite) await client.blob(to).delete().catch(() => undefined);
    throw error;
  }
}

/** One blob after the other, so a move that is canceled leaves each of them in one of both places. */
export async function moveFolder(client: AzureClient, from: LocationPath, to: LocationPath, signal: AbortSignal | undefined): Promise<void> {
  const moved = (name: string): LocationPath => `${to}${name.slice(client.prefix(from).length - 1)}`;
  await makeFolder(client, to, signal);
  const folders = await eachFile(client, from, signal, (name) => moveFile(client, inside(client, name), moved(name), { overwrite: false, signal }));
  for (const name of folders) await makeFolder(client, moved(name), signal);
  await deleteFolders(client, from, folders, signal);
}

/** With all that is in it, snapshots too. */
export async function removeFolder(client: AzureClient, path: LocationPath, signal: AbortSignal | undefined): Promise<void> {
  const folders = await eachFile(client, path, signal, async (name) => {
    const uri = client.uri(inside(client, name));
    await client.ask(`delete ${uri}`, uri, () => client.container.getBlobClient(name).deleteIfExists({ ...stoppedBy(signal), deleteSnapshots: 'include' }), signal);
  });
  await deleteFolders(client, path, folders, signal);
}

/** @returns names of the blobs that stand for folders, which must be dealt with last */
async function eachFile(client: AzureClient, folder: LocationPath, signal: AbortSignal | undefined, action: (name: string) => Promise<void>): Promise<readonly string[]> {
  const uri = client.uri(folder);
  const folders: string[] = [];
  const pages = client.container.listBlobsFlat({ prefix: client.prefix(folder), includeMetadata: true, ...stoppedBy(signal) }).byPage({ maxPageSize: 1000 });
  for (;;) {
    const { value, done } = await client.ask(`list ${uri}`, uri, () => pages.next(), signal);
    if (done === true) return folders;
    const items = value.segment.blobItems;
    folders.push(...items.filter(isFolder).map(({ name }) => name));
    const files = items.filter((item) => !isFolder(item)).map(({ name }) => name);
    await Promise.all(Array.from({ length: PARALLEL }, async () => {
      for (let name = files.pop(); name !== undefined; name = files.pop()) await action(name);
    }));
  }
}

function isFolder({ name, metadata }: BlobItem): boolean {
  return name.endsWith('/') || isFolderMark(metadata);
}

/** Deepest first, as accounts with real folders demand; the folder itself may have no blob. */
async function deleteFolders(client: AzureClient, folder: LocationPath, folders: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  const uri = client.uri(folder);
  const names = [client.blob(folder).name, ...folders].sort((one, other) => other.split('/').length - one.split('/').length);
  for (const name of names) await client.ask(`delete ${uri}`, uri, () => client.container.getBlobClient(name).deleteIfExists(stoppedBy(signal)), signal);
}

/** The path in the location of a blob below it. @throws StorageError invalid_location for a name that the location could not ask for */
function inside(client: AzureClient, name: string): LocationPath {
  const root = client.prefix('');
  if (!name.startsWith(root)) throw new StorageError('unexpected', `The service listed ${JSON.stringify(name)}, which does not lie below ${JSON.stringify(root)}.`);
  return name.slice(root.length);
}
