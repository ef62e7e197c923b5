import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import { readBlockId } from './block-id.ts';
import { type AzureClient, stoppedBy } from './client.ts';

export interface StagedBlock {
  readonly id: string;
  /** bytes */
  readonly size: number;
  /** 32 hexadecimal digits */
  readonly md5: string;
}

/** Blocks of a blob that lie with the service and were not committed: nobody sees them, and after a week without a change they go by themselves. */
export interface Staged {
  /** by upload, then by the place of the block in the file */
  readonly uploads: ReadonlyMap<string, ReadonlyMap<number, readonly StagedBlock[]>>;
  /** there are some that another program sent */
  readonly foreign: boolean;
}

const NONE: Staged = { uploads: new Map(), foreign: false };

export async function stagedBlocks(client: AzureClient, path: LocationPath, signal?: AbortSignal): Promise<Staged> {
  const uri = client.uri(path);
  try {
    const { uncommittedBlocks = [] } = await client.ask(`list the blocks of ${uri}`, uri, () => client.blob(path).getBlockList('uncommitted', stoppedBy(signal)), signal);
    return sorted(uncommittedBlocks);
  } catch (error) {
    if (error instanceof StorageError && error.code === 'not_found') return NONE;
    throw error;
  }
}

/**
 * Removes what an upload left. The service has no request for it; but a commit of no blocks, which only succeeds where no blob lies,
 * drops them, and the empty blob that comes of it is deleted at once. It is left to the service, which takes a week, where a blob lies
 * under the name, which must stay as it is, where another program has blocks too, and where the account would keep the empty blob as a version.
 */
export async function dropStaged(client: AzureClient, path: LocationPath, upload: string, versioning: boolean): Promise<boolean> {
  const staged = await stagedBlocks(client, path);
  if (!staged.uploads.has(upload) || staged.foreign || staged.uploads.size > 1 || versioning) return false;
  const blob = client.blob(path);
  const uri = client.uri(path);
  try {
    const { etag } = await client.ask(`drop the blocks of ${uri}`, uri, () => blob.commitBlockList([], { conditions: { ifNoneMatch: '*' } }));
    await client.ask(`drop the blocks of ${uri}`, uri, () => blob.delete({ conditions: { ...(etag !== undefined && { ifMatch: etag }) } }));
    return true;
  } catch (error) {
    if (error instanceof StorageError && (error.code === 'already_exists' || error.code === 'not_found')) return false;
    throw error;
  }
}

function sorted(blocks: readonly { readonly name: string; readonly size: number }[]): Staged {
  const uploads = new Map<string, Map<number, StagedBlock[]>>();
  let foreign = false;
  for (const { name, size } of blocks) {
    const mark = readBlockId(name);
    if (mark === null) {
      foreign = true;
      continue;
    }
    const upload = uploads.get(mark.upload) ?? new Map<number, StagedBlock[]>();
    uploads.set(mark.upload, upload);
    upload.set(mark.index, [...(upload.get(mark.index) ?? []), { id: name, size, md5: mark.md5 }]);
  }
  return { uploads, foreign };
}
