import { lstat, opendir, unlink } from 'node:fs/promises';
import nodePath from 'node:path';
import { isMissing } from './entry.ts';
import { isAbandoned, isPartialName } from '../../partial-name.ts';

/**
 * Removes the partial files of crashed runs from one real folder: those that Holdfast named, of processes that are gone from this
 * computer or untouched for a day. Nothing else is touched.
 * @returns how many were removed
 */
export async function sweepFolder(folder: string): Promise<number> {
  let removed = 0;
  for await (const { name } of await opendir(folder)) {
    if (await removeIfAbandoned(folder, name)) removed += 1;
  }
  return removed;
}

/** @returns true when it was an abandoned partial file and is gone now */
export async function removeIfAbandoned(folder: string, name: string): Promise<boolean> {
  if (!isPartialName(name)) return false;
  const path = nodePath.join(folder, name);
  try {
    const stats = await lstat(path);
    if (!stats.isFile() || !isAbandoned(name, { changedMs: stats.ctimeMs, nowMs: Date.now() })) return false;
    await unlink(path);
    return true;
  } catch (error) {
    // Another Holdfast swept it, or its process published it in between.
    if (isMissing(error)) return false;
    throw error;
  }
}
