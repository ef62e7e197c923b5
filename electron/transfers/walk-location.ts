import path from 'node:path';
import { StorageError } from '../../shared/storage/errors.ts';
import type { FileInstance } from '../../shared/storage/file-instance.ts';
import { childPath } from './local-target.ts';
import type { Connected } from './job.ts';
import { type Found, type Walker, foundFailure, foundFile } from './walk-items.ts';

/** Walks files of a location for a download. A name that cannot exist on this computer becomes a row that failed. */
export function locationWalker(connect: () => Promise<Connected>): Walker {
  return {
    separator: '/',
    look: async (source, destination, signal) => {
      const { location } = await connect();
      const found = source === '' ? null : await location.stat(source, { signal });
      return found === null || found.kind === 'folder' ? { kind: 'folder', source, destination } : foundFile(source, destination, found.size);
    },
    list: async function* (source, destination, signal) {
      const { location } = await connect();
      for await (const page of location.list(source, { signal })) yield page.map((entry) => found(entry, destination));
    },
  };
}

function found({ kind, path: source, name, size }: FileInstance, folder: string): Found {
  try {
    const destination = childPath(path, folder, name);
    return kind === 'folder' ? { kind: 'folder', source, destination } : foundFile(source, destination, size);
  } catch (error) {
    if (error instanceof StorageError) return foundFailure('refused', source, folder, error);
    throw error;
  }
}
