import { mkdir } from 'node:fs/promises';
import nodePath from 'node:path';

/** Makes a folder and those above it. Unlike `mkdir` with `recursive`, it ends where nothing can be made, such as below /proc, with the system's error. `mode`: permission bits of new ones. */
export async function makeFolders(path: string, mode?: number): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') return;
    const parent = nodePath.dirname(path);
    if (code !== 'ENOENT' || parent === path) throw error;
    await makeFolders(parent, mode);
    await mkdir(path, mode).catch((failure: unknown) => {
      if (!(failure instanceof Error && 'code' in failure && failure.code === 'EEXIST')) throw failure;
    });
  }
}
