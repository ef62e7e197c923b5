import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import nodePath from 'node:path';

/**
 * Removes a real folder with all that is in it. Links are removed, never followed. Works on the bytes of names, so that those that are no
 * valid UTF-8 go too. Stops at the first failure; what was removed until then is gone.
 */
export async function removeTree(folder: string, signal?: AbortSignal): Promise<void> {
  await removeFolder(Buffer.from(folder), signal);
}

async function removeFolder(folder: Buffer, signal: AbortSignal | undefined): Promise<void> {
  for (const name of await readdir(folder, { encoding: 'buffer' })) {
    signal?.throwIfAborted();
    const path = Buffer.concat([folder, Buffer.from(nodePath.sep), name]);
    if ((await lstat(path)).isDirectory()) await removeFolder(path, signal);
    else await unlink(path);
  }
  await rmdir(folder);
}
