import { type Stats, lstat as lstatCallback, realpath as realpathCallback } from 'node:fs';
import nodePath from 'node:path';
import { promisify } from 'node:util';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileInstance } from '../../../../shared/storage/file-instance.ts';
import { type LocationPath, baseName } from '../../../../shared/storage/path.ts';
import type { Root } from './root.ts';

const lstat = promisify(lstatCallback);
const realpath = promisify(realpathCallback.native);

/** What lies under a name. `refused`: it is there, but is never opened, written to or entered; `why` completes "It ...". */
export type Entry =
  | { readonly kind: 'file' | 'folder'; readonly real: string; readonly stats: Stats }
  | { readonly kind: 'refused'; readonly why: string; readonly real: string; readonly stats: Stats };

/** Looks at `name` in a real folder without opening it. @throws what `lstat` fails with */
export async function inspect(root: Root, folder: string, name: string): Promise<Entry> {
  const real = nodePath.join(folder, name);
  const stats = await lstat(real);
  if (!stats.isSymbolicLink()) return classify(real, stats);
  if (root.symlinks === 'refuse') return { kind: 'refused', why: 'is a symbolic link, and this location refuses links', real, stats };
  return follow(root, folder, real, stats);
}

/** As {@link inspect}, null when there is nothing. */
export async function inspectIfThere(root: Root, folder: string, name: string): Promise<Entry | null> {
  try {
    return await inspect(root, folder, name);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function follow(root: Root, folder: string, link: string, linkStats: Stats): Promise<Entry> {
  const refused = (why: string): Entry => ({ kind: 'refused', why, real: link, stats: linkStats });
  let target: string;
  try {
    target = await realpath(link);
  } catch (error) {
    return refused(isMissing(error) ? 'is a symbolic link to nothing' : 'is a symbolic link that cannot be followed');
  }
  if (!root.contains(target)) return refused('is a symbolic link that leads outside of the folder of this location');
  const entry = classify(target, await lstat(target));
  if (entry.kind === 'folder' && `${folder}${nodePath.sep}`.startsWith(`${target}${nodePath.sep}`)) return refused('is a symbolic link to a folder that it lies in');
  return entry;
}

function classify(real: string, stats: Stats): Entry {
  if (stats.isFile()) return { kind: 'file', real, stats };
  if (stats.isDirectory()) return { kind: 'folder', real, stats };
  return { kind: 'refused', why: `is ${specialKind(stats)}, not a file with contents`, real, stats };
}

function specialKind(stats: Stats): string {
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  if (stats.isBlockDevice() || stats.isCharacterDevice()) return 'a device';
  return 'something special';
}

export function refusal(path: LocationPath, why: string): StorageError {
  return new StorageError('unsupported', `${JSON.stringify(path)} ${why}.`, { context: { path } });
}

/** @throws StorageError invalid_location for a folder, unsupported for links and special files that are refused */
export function requireFile(path: LocationPath, entry: Entry): Extract<Entry, { kind: 'file' | 'folder' }> {
  if (entry.kind === 'refused') throw refusal(path, entry.why);
  if (entry.kind === 'folder') throw new StorageError('invalid_location', `${JSON.stringify(path)} is a folder, not a file.`, { context: { path } });
  return entry;
}

/** What the window shows. Refused entries are shown as unreadable, so that nobody believes that they were kept. */
export function toInstance(root: Root, path: LocationPath, { kind, stats }: Entry): FileInstance {
  return {
    kind: kind === 'folder' ? 'folder' : 'file',
    path,
    name: baseName(path),
    uri: root.uri(path),
    size: kind === 'file' ? stats.size : null,
    modified: stats.mtime.toISOString(),
    checksum: null,
    readable: kind !== 'refused' && (stats.mode & 0o444) !== 0,
    writable: kind !== 'refused' && (stats.mode & 0o222) !== 0,
  };
}

export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

export function isMissing(error: unknown): boolean {
  return systemCode(error) === 'ENOENT';
}
