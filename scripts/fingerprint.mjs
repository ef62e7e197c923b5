import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { checkoutCache, root } from './paths.mjs';

/**
 * One digest over the names and contents of files and folders of the checkout; a missing one counts as such.
 *
 * @param {readonly string[]} paths relative to the checkout
 * @param {{ except?: RegExp, also?: string }} [options] `except`: names left out; `also`: what else the result depends on
 */
export function fingerprint(paths, { except, also = '' } = {}) {
  const hash = createHash('sha256').update(also);
  for (const file of paths.flatMap((path) => filesBelow(join(root, path))).sort()) {
    const name = relative(root, file).replaceAll('\\', '/');
    if (except?.test(name)) continue;
    const bytes = readFileSync(file);
    hash.update(`\0${name}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
}

/**
 * @param {string} name of the work
 * @returns {string} the fingerprint of what it was last done for, or an empty string
 */
export function readStamp(name) {
  const file = join(checkoutCache, `${name}.stamp`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/**
 * @param {string} name
 * @param {string} value
 */
export function writeStamp(name, value) {
  const file = join(checkoutCache, `${name}.stamp`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, value);
}
