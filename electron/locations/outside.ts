import { realpath } from 'node:fs/promises';
import nodePath from 'node:path';
import { fileURLToPath } from 'node:url';
import { StorageError } from '../../shared/storage/errors.ts';
import type { LocationConfig } from '../../shared/storage/location.ts';
import type { LocationPath } from '../../shared/storage/path.ts';

/** Refuses to store a folder of this computer inside itself, where the copy would be copied again. @throws invalid_location */
export async function requireOutside(config: LocationConfig, folder: LocationPath, sources: readonly string[]): Promise<void> {
  if (config.backend !== 'local') return;
  const root = config.uri.startsWith('file:') ? fileURLToPath(config.uri) : config.uri;
  const target = nodePath.join(await realOrSame(root), ...folder.split('/'));
  for (const source of sources) {
    if (!isInside(nodePath, target, await realOrSame(source))) continue;
    throw new StorageError('invalid_location', `${source} cannot be stored inside itself (${target}): choose another folder.`);
  }
}

/** The folder itself counts as inside. */
export function isInside(flavour: Pick<typeof nodePath, 'relative' | 'isAbsolute' | 'sep'>, path: string, folder: string): boolean {
  const way = flavour.relative(folder, path);
  return way !== '..' && !way.startsWith(`..${flavour.sep}`) && !flavour.isAbsolute(way);
}

async function realOrSame(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
