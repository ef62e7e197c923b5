import { homedir } from 'node:os';
import { dirname, join, posix, win32 } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What the commands remember about this checkout; it goes away together with node_modules. */
export const checkoutCache = join(root, 'node_modules', '.cache', 'holdfast');

/**
 * The folder of one user for things that are costly to fetch and shared by all checkouts.
 *
 * @param {NodeJS.Platform} platform
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @param {string} home
 */
export function userCacheFolder(platform = process.platform, environment = process.env, home = homedir()) {
  const { join: joined } = platform === 'win32' ? win32 : posix;
  if (platform === 'win32') return joined(environment['LOCALAPPDATA'] || joined(home, 'AppData', 'Local'), 'holdfast-development');
  if (platform === 'darwin') return joined(home, 'Library', 'Caches', 'holdfast-development');
  return joined(environment['XDG_CACHE_HOME'] || joined(home, '.cache'), 'holdfast-development');
}
