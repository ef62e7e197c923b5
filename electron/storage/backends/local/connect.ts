import { lstat } from 'node:fs/promises';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { wrapError } from '../../wrap-error.ts';
import type { LocalConfig } from './config.ts';
import type { LocalContext } from './context.ts';
import { isMissing } from './entry.ts';
import { localCapabilities, tryFolder } from './folder-facts.ts';
import { FolderSync } from './folder-sync.ts';
import { LocalLocation } from './location.ts';
import { Root } from './root.ts';
import { sweepFolder } from './sweep.ts';
import { makeFolders } from '../../make-folders.ts';

/** Finds out what the folder can do, and clears away what crashed runs left in it. @throws StorageError unavailable (no such folder), invalid_config (no folder), permission_denied */
export async function connectLocal({ proof, sizeLimit }: ConnectConfig, { folder, symlinks, createRoot }: LocalConfig, options: OperationOptions = {}): Promise<LocalLocation> {
  try {
    options.signal?.throwIfAborted();
    if (createRoot) await makeFolders(folder);
    const root = await Root.open(folder, symlinks);
    if (!(await lstat(root.folder)).isDirectory()) throw new StorageError('invalid_config', `uri: ${folder} is not a folder.`, { context: { field: 'uri' } });
    const facts = await tryFolder(root.folder);
    if (facts.writable === 'yes') await sweepFolder(root.folder);
    const context: LocalContext = { capabilities: localCapabilities(facts), proof, sizeLimit, root, facts, folderSync: new FolderSync() };
    return new LocalLocation(context);
  } catch (error) {
    if (isMissing(error)) throw new StorageError('unavailable', `There is no folder ${folder}. Is its disk connected?`, { cause: error, context: { folder } });
    throw wrapError(error, `use the folder ${folder}`, { folder });
  }
}
