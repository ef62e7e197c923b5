import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { npm } from './run.mjs';
import { SetupError, say } from './say.mjs';

/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }>} LockedPackages */

/** Installs the packages of the lockfile, unless exactly these are installed already. */
export async function ensureDependencies() {
  if (isInstalled(readPackages('package-lock.json'), readPackages(join('node_modules', '.package-lock.json')))) return;
  say('installing the packages of package-lock.json (npm ci) ...');
  const { code } = await npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, quietOutput: true });
  if (code !== 0) throw new SetupError('npm ci failed, see above.');
}

/**
 * npm writes down what it installed when it is through; a package that is only for other platforms is missing there.
 *
 * @param {LockedPackages | null} locked
 * @param {LockedPackages | null} installed
 */
export function isInstalled(locked, installed) {
  if (locked === null || installed === null) return false;
  for (const [path, wanted] of Object.entries(locked)) {
    if (path === '') continue;
    const found = installed[path];
    if (found === undefined && (wanted.optional || wanted.devOptional)) continue;
    if (found?.version !== wanted.version || found?.integrity !== wanted.integrity) return false;
  }
  return true;
}

/**
 * @param {string} file
 * @returns {LockedPackages | null}
 */
function readPackages(file) {
  const path = join(root, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : null;
}
