import { lstat, opendir, unlink } from 'node:fs/promises';
import nodePath from 'node:path';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import { type LocationPath, baseName, joinLocationPath, parentPath, parseLocationPath } from '../../../../shared/storage/path.ts';
import { isMissing } from './entry.ts';
import { isKeptName } from '../../partial-name.ts';
import type { Root } from './root.ts';

/** Kept partial files in a real folder and those below it; links are not entered. */
export async function listUnfinished(folder: string, path: LocationPath, signal: AbortSignal | undefined): Promise<readonly UnfinishedUpload[]> {
  const found: UnfinishedUpload[] = [];
  for await (const entry of await opendir(folder)) {
    signal?.throwIfAborted();
    if (entry.isDirectory()) found.push(...(await listUnfinished(nodePath.join(folder, entry.name), joinLocationPath(path, entry.name), signal).catch(noneIfMissing)));
    else if (entry.isFile() && isKeptName(entry.name)) found.push(...(await one(folder, path, entry.name).catch(noneIfMissing)));
  }
  return found;
}

/** @throws StorageError not_found when it is gone, or names no kept partial file */
export async function discardUnfinished(root: Root, id: string): Promise<void> {
  const path = parseLocationPath(id);
  if (!isKeptName(baseName(path))) throw missing(id);
  try {
    await unlink(nodePath.join(await root.real(parentPath(path)), baseName(path)));
  } catch (error) {
    if (isMissing(error)) throw missing(id);
    throw error;
  }
}

async function one(folder: string, path: LocationPath, name: string): Promise<readonly UnfinishedUpload[]> {
  const { size, birthtime } = await lstat(nodePath.join(folder, name));
  const id = joinLocationPath(path, name);
  return [{ id, path: id, size, startedAt: birthtime.toISOString() }];
}

function noneIfMissing(error: unknown): readonly UnfinishedUpload[] {
  if (isMissing(error)) return [];
  throw error;
}

function missing(id: string): StorageError {
  return new StorageError('not_found', `There is no unfinished upload ${JSON.stringify(id)}.`);
}
