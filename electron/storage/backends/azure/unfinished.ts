import { StorageError } from '../../../../shared/storage/errors.ts';
import type { UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import { type LocationPath, joinLocationPath } from '../../../../shared/storage/path.ts';
import type { AzureContext } from './context.ts';
import { type AzureClient, stoppedBy } from './client.ts';
import { dropStaged, stagedBlocks } from './staged-blocks.ts';

/**
 * Names below a folder under which blocks of ours lie and no blob. Blocks that lie beside a finished blob are in no listing: they go by
 * themselves after a week, or with the next save to that name.
 */
export async function unfinishedUploads(client: AzureClient, folder: LocationPath, signal: AbortSignal | undefined): Promise<readonly UnfinishedUpload[]> {
  const { root } = client.address;
  const found: UnfinishedUpload[] = [];
  const pages = client.container.listBlobsFlat({ prefix: client.prefix(folder), includeUncommitedBlobs: true, ...stoppedBy(signal) }).byPage({ maxPageSize: 5000 });
  for (;;) {
    const { value, done } = await client.ask(`list the unfinished uploads in ${root}`, root, () => pages.next(), signal);
    if (done === true) return found;
    for (const { name, properties } of value.segment.blobItems) {
      const path = properties.contentLength === 0 ? pathOf(client, name) : null;
      if (path === null) continue;
      const { uploads } = await stagedBlocks(client, path, signal);
      const startedAt = (properties.createdOn ?? (properties.lastModified as Date | undefined))?.toISOString() ?? null;
      for (const [id, blocks] of uploads) found.push({ id, path, size: [...blocks.values()].flat().reduce((sum, { size }) => sum + size, 0), startedAt });
    }
  }
}

/** @throws StorageError not_found when there is no such upload of ours */
export async function discardUpload({ client, findings }: AzureContext, { id, path }: UnfinishedUpload): Promise<void> {
  const { uploads } = await stagedBlocks(client, path);
  if (!uploads.has(id)) throw new StorageError('not_found', `There is no unfinished upload of ${client.uri(path)}.`, { context: { path } });
  if (await dropStaged(client, path, id, findings.versioning)) return;
  throw new StorageError('unsupported', `The blocks of ${client.uri(path)} cannot be removed by themselves: another upload to that name is under way, a blob lies there, or the account keeps versions. The service removes them a week after the last one came.`, { context: { path } });
}

function pathOf(client: AzureClient, name: string): LocationPath | null {
  try {
    return joinLocationPath('', ...name.slice(client.prefix('').length).split('/'));
  } catch (error) {
    if (error instanceof StorageError && error.code === 'invalid_location') return null;
    throw error;
  }
}
