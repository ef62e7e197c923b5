import { StorageError } from '../../../../shared/storage/errors.ts';
import type { UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import { type LocationPath, baseName, parseLocationPath } from '../../../../shared/storage/path.ts';
import { uriOf } from '../../http/uri.ts';
import type { OperationOptions } from '../../operation-options.ts';
import { isAbandoned, isKeptName } from '../../partial-name.ts';
import { chunkFolderUri, chunkSizes, removeChunks } from './chunk-folder.ts';
import type { WebdavContext } from './context.ts';
import { type ListedEntry, browseFolder } from './listing.ts';

/** Kept temporary files in a folder and those below it; for an upload in chunks they only mark the place, and its bytes lie elsewhere. */
export async function listUnfinished(context: WebdavContext, folder: LocationPath, options: OperationOptions): Promise<readonly UnfinishedUpload[]> {
  const found: UnfinishedUpload[] = [];
  const folders: LocationPath[] = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for await (const page of browseFolder(context.dav, next, options)) {
      for (const listed of page) {
        if (listed.entry.kind === 'folder') folders.push(listed.path);
        else if (isKeptName(listed.name)) found.push(await unfinished(context, listed, options));
      }
    }
  }
  return found;
}

/** @throws StorageError not_found when it is gone, or names no kept temporary file */
export async function discardUnfinished(context: WebdavContext, id: string): Promise<void> {
  const path = parseLocationPath(id);
  const name = baseName(path);
  const uri = uriOf(context.dav.root, path);
  if (!isKeptName(name) || (await context.dav.lookIfThere(uri)) === null) throw new StorageError('not_found', `There is no unfinished upload ${JSON.stringify(id)}.`);
  if (context.write?.chunks) await removeChunks(context, context.write.chunks, name);
  await context.dav.remove(uri);
}

/** Removes what crashed runs left in a folder. Times are compared by the server's clock, which may be another one than ours. */
export async function sweepFolder(context: WebdavContext, folder: LocationPath, clockAhead: number | null, options: OperationOptions): Promise<void> {
  const nowMs = Date.now() + (clockAhead ?? 0) * 1000;
  for await (const page of browseFolder(context.dav, folder, options)) {
    for (const { name, path, entry } of page) {
      if (entry.kind !== 'file' || entry.modified === null || !isAbandoned(name, { changedMs: entry.modified.getTime(), nowMs })) continue;
      if (isKeptName(name) && context.write?.chunks) await removeChunks(context, context.write.chunks, name);
      await removeIfThere(context, uriOf(context.dav.root, path));
    }
  }
}

async function unfinished(context: WebdavContext, { path, name, entry }: ListedEntry, options: OperationOptions): Promise<UnfinishedUpload> {
  const chunks = context.write?.chunks ?? null;
  const sizes = chunks === null ? null : await chunkSizes(context, chunkFolderUri(chunks, name), options);
  const size = sizes === null ? entry.size : [...sizes.values()].reduce<number>((sum, each) => sum + (each ?? 0), entry.size ?? 0);
  return { id: path, path, size, startedAt: entry.modified?.toISOString() ?? null };
}

/** Another Holdfast may have swept it. */
async function removeIfThere({ dav }: WebdavContext, uri: string): Promise<void> {
  try {
    await dav.remove(uri);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'not_found') throw error;
  }
}
