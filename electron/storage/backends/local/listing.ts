import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import type { FileInstance } from '../../../../shared/storage/file-instance.ts';
import { type LocationPath, joinLocationPath } from '../../../../shared/storage/path.ts';
import { inspect, isMissing, toInstance } from './entry.ts';
import { isPartialName } from '../../partial-name.ts';
import type { Root } from './root.ts';

/** Entries a page: the first appears soon, and a large folder takes few of them. */
const PAGE = 500;
/** Questions to the file system at once. */
const AT_ONCE = 16;

/**
 * Pages of a real folder in its own order. Partial files are left out. Links and special files that are refused, and names on the disk that
 * are no valid Unicode and so cannot be reached, are shown as unreadable. What vanishes while the folder is read is left out.
 */
export async function* listFolder(root: Root, path: LocationPath, real: string, signal?: AbortSignal): AsyncGenerator<readonly FileInstance[]> {
  let names: string[] = [];
  for await (const { name } of (await opendir(real, { bufferSize: 128 })) as AsyncIterable<Dirent>) {
    if (isPartialName(name)) continue;
    names.push(name);
    if (names.length < PAGE) continue;
    signal?.throwIfAborted();
    yield await page(root, path, real, names);
    names = [];
  }
  signal?.throwIfAborted();
  if (names.length > 0) yield await page(root, path, real, names);
}

async function page(root: Root, path: LocationPath, real: string, names: readonly string[]): Promise<readonly FileInstance[]> {
  const found = new Array<FileInstance | null>(names.length).fill(null);
  let next = 0;
  const work = async () => {
    for (let at = next++; at < names.length; at = next++) found[at] = await instance(root, path, real, names[at] ?? '');
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found.filter((each) => each !== null);
}

async function instance(root: Root, folder: LocationPath, real: string, name: string): Promise<FileInstance | null> {
  const path = joinLocationPath(folder, name);
  try {
    return toInstance(root, path, await inspect(root, real, name));
  } catch (error) {
    if (!isMissing(error)) return unreachable(root, path, name);
    // Node shows bytes that are no UTF-8 as U+FFFD, and the name it shows does not exist.
    return name.includes('\ufffd') ? unreachable(root, path, name) : null;
  }
}

function unreachable(root: Root, path: LocationPath, name: string): FileInstance {
  return { kind: 'file', path, name, uri: root.uri(path), size: null, modified: null, checksum: null, readable: false, writable: false };
}
