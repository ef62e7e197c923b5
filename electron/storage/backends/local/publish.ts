import { link, open, rename, unlink } from 'node:fs/promises';
import { systemCode } from './entry.ts';

/**
 * Gives a file the name `to`, only if that name is free, without a race: the system itself refuses a second link of a name. Where there
 * are no hard links (FAT, some network folders) the name is first taken by an empty file, which the system also refuses when it
 * is taken, and the real one then replaces that empty file; so what others stored is never replaced, but an empty file can be seen for a moment.
 * @throws EEXIST when the name is taken
 */
export async function moveToFreeName(from: string, to: string, canLink = true): Promise<void> {
  if (canLink) {
    try {
      await link(from, to);
    } catch (error) {
      const code = systemCode(error);
      if (code === 'EEXIST' || code === 'ENOENT') throw error;
      return takeNameThenMove(from, to);
    }
    return unlink(from);
  }
  return takeNameThenMove(from, to);
}

async function takeNameThenMove(from: string, to: string): Promise<void> {
  await (await open(to, 'wx')).close();
  try {
    await rename(from, to);
  } catch (error) {
    await unlink(to);
    throw error;
  }
}
