import { lstat, mkdir, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import nodePath from 'node:path';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type LocationPath, baseName, parentPath } from '../../../../shared/storage/path.ts';
import type { LocalContext } from './context.ts';
import { inspectIfThere, systemCode } from './entry.ts';
import { sameIgnoringCase } from './names.ts';
import { moveToFreeName } from './publish.ts';

/** Renames a file, a link itself or a folder inside the root. @throws StorageError already_exists, invalid_location (into itself), unsupported (to another disk) */
export async function moveEntry({ root, facts, folderSync }: LocalContext, from: LocationPath, to: LocationPath, overwrite: boolean): Promise<void> {
  const source = await root.real(parentPath(from));
  const place = nodePath.join(source, baseName(from));
  const stats = await lstat(place);
  if (to.startsWith(`${from}/`)) throw new StorageError('invalid_location', `${JSON.stringify(from)} cannot be moved into itself.`, { context: { from, to } });
  const target = await root.real(parentPath(to));
  const goal = nodePath.join(target, baseName(to));
  const there = await inspectIfThere(root, target, baseName(to));
  const taken = () => new StorageError('already_exists', `${JSON.stringify(to)} exists already.`, { context: { path: to } });
  try {
    const same = there !== null && there.stats.dev === stats.dev && there.stats.ino === stats.ino;
    if (there !== null && facts.caseSensitive === false && source === target && (await isOtherSpelling(source, baseName(from), baseName(to)))) await rename(place, goal);
    else if (there !== null && (!overwrite || stats.isDirectory() !== (there.kind === 'folder'))) throw taken();
    else if (same) await dropOtherName(place, goal);
    else if (overwrite || (stats.isDirectory() && process.platform === 'win32')) await rename(place, goal);
    else if (stats.isDirectory()) await moveFolderToFreeName(place, goal);
    else await moveToFreeName(place, goal, stats.isFile());
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST' || code === 'ENOTEMPTY') throw taken();
    if (code === 'EXDEV') throw new StorageError('unsupported', `${JSON.stringify(to)} lies on another disk than ${JSON.stringify(from)}: copy it there, then remove the original.`, { context: { from, to }, cause: error });
    throw error;
  }
  await folderSync.sync(target);
  if (source !== target) await folderSync.sync(source);
}

/** The disk takes both names for one, and has no entry of its own for the second. Numbers of files prove nothing here: some such disks make them up. */
async function isOtherSpelling(folder: string, name: string, other: string): Promise<boolean> {
  if (name === other || !sameIgnoringCase(name, other)) return false;
  return !(await readdir(folder)).includes(other);
}

/** Two names of one file: the system's rename would do nothing at all and call it success. */
async function dropOtherName(place: string, goal: string): Promise<void> {
  if (place !== goal) await unlink(place);
}

/** Makes the new name as an empty folder, which fails when it is taken; only an empty folder can be replaced by another. */
async function moveFolderToFreeName(place: string, goal: string): Promise<void> {
  await mkdir(goal);
  try {
    await rename(place, goal);
  } catch (error) {
    await rmdir(goal);
    throw error;
  }
}
