import { constants, copyFile, link, lstat, open, rm } from 'node:fs/promises';
import nodePath from 'node:path';
import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import { systemCode } from './entry.ts';
import { newPartialName } from '../../partial-name.ts';

/** What a folder and its file system can do, found by trying it with files that are removed again. */
export interface FolderFacts {
  /** `no`: a file could not be made in the root itself (it may be possible in folders below); `never`: the whole file system is read-only */
  readonly writable: 'yes' | 'no' | 'never';
  /** null where nothing could be tried because the root is not writable */
  readonly hardLinks: boolean | null;
  readonly caseSensitive: boolean | null;
  /** copies that share their blocks until one of them changes */
  readonly clones: boolean | null;
}

export async function tryFolder(folder: string): Promise<FolderFacts> {
  const path = nodePath.join(folder, newPartialName());
  try {
    await (await open(path, 'wx')).close();
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'EROFS' && code !== 'EACCES' && code !== 'EPERM') throw error;
    return { writable: code === 'EROFS' ? 'never' : 'no', hardLinks: null, caseSensitive: null, clones: null };
  }
  const second = nodePath.join(folder, newPartialName());
  const works = (attempt: Promise<unknown>) => attempt.then(() => true, () => false);
  try {
    const caseSensitive = !(await works(lstat(nodePath.join(folder, nodePath.basename(path).toUpperCase()))));
    const hardLinks = await works(link(path, second));
    await rm(second, { force: true });
    const clones = await works(copyFile(path, second, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE));
    return { writable: 'yes', hardLinks, caseSensitive, clones };
  } finally {
    await rm(second, { force: true });
    await rm(path, { force: true });
  }
}

/** A folder of this computer computes no digests, and says nothing of the largest file it takes. */
export function localCapabilities({ writable, hardLinks }: FolderFacts): Capabilities {
  const write = writable !== 'never';
  return {
    read: true,
    list: true,
    makeDirectory: write,
    move: write,
    delete: write,
    rangeRead: true,
    initialize: write,
    update: write,
    noOverwrite: write,
    // Without hard links a new name is an empty file for a moment; see moveToFreeName.
    atomicPublish: write && hardLinks !== false,
    resume: write,
    versions: false,
    link: false,
    preserveModified: write,
    serverDigest: [],
    maximumSize: null,
  };
}
