import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import { type AzureClient, stoppedBy } from './client.ts';
import { FOLDER_MARK, isFolderMark } from './listing.ts';

/** Makes the empty blobs that stand for a folder and those above it. @throws already_exists when a file has one of these names */
export async function makeFolder(client: AzureClient, path: LocationPath, signal: AbortSignal | undefined): Promise<void> {
  const names = path === '' ? [] : path.split('/');
  for (let depth = 1; depth <= names.length; depth++) await makeOne(client, names.slice(0, depth).join('/'), signal);
}

async function makeOne(client: AzureClient, path: LocationPath, signal: AbortSignal | undefined): Promise<void> {
  const blob = client.blob(path);
  const uri = client.uri(path);
  try {
    await client.ask(`make the folder ${uri}`, uri, () => blob.upload('', 0, { ...stoppedBy(signal), metadata: { ...FOLDER_MARK }, conditions: { ifNoneMatch: '*' } }), signal);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'already_exists') throw error;
    const { metadata } = await client.ask(`look up ${uri}`, uri, () => blob.getProperties(stoppedBy(signal)), signal);
    if (!isFolderMark(metadata)) throw new StorageError('already_exists', `${uri} is a blob, not a folder.`, { context: { path } });
  }
}
