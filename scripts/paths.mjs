import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
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
  if (platform === 'win32') return join(environment['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'holdfast-development');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'holdfast-development');
  return join(environment['XDG_CACHE_HOME'] || join(home, '.cache'), 'holdfast-development');
}
