import type { BackendContext } from '../../storage-backend.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FolderFacts } from './folder-facts.ts';
import type { FolderSync } from './folder-sync.ts';
import type { Root } from './root.ts';

/** What the location shares with its files. */
export interface LocalContext extends BackendContext {
  readonly root: Root;
  readonly facts: FolderFacts;
  readonly folderSync: FolderSync;
}

/** @throws StorageError unsupported when the whole file system is read-only */
export function requireWritable({ facts, root }: LocalContext): void {
  if (facts.writable === 'never') throw new StorageError('unsupported', `${root.folder} lies on a file system that is read-only.`, { context: { folder: root.folder } });
}
