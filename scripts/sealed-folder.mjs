import { readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/**
 * A sealed folder is made aside, written down file by file and then put in place by one rename, so that a half-made one is never found
 * at its place and a damaged one is noticed. It holds `dist/` and the list `contents.json`.
 */

/**
 * Writes down what `dist/` in a folder holds.
 *
 * @param {string} folder
 */
export async function seal(folder) {
  await writeFile(join(folder, 'contents.json'), JSON.stringify(await contents(join(folder, 'dist'))));
}

/**
 * Whether a folder is there and `dist/` is as it was sealed. Names, sizes, times and modes count, so it costs a `stat` for each file and no reading.
 *
 * @param {string} folder
 */
export async function isSealed(folder) {
  try {
    const recorded = JSON.parse(await readFile(join(folder, 'contents.json'), 'utf8'));
    const found = await contents(join(folder, 'dist'));
    const names = Object.keys(recorded);
    return names.length === Object.keys(found).length && names.every((name) => recorded[name] === found[name]);
  } catch (error) {
    if (error instanceof SyntaxError || /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Puts a sealed folder in its place; what is there already goes.
 *
 * @param {string} made
 * @param {string} place
 */
export async function publish(made, place) {
  const replaced = `${made}-replaced`;
  try {
    await rename(place, replaced);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
  }
  try {
    await rename(made, place);
  } catch (error) {
    // Another command may have put its own there in the meantime; that one serves as well.
    if (!(await isSealed(place))) throw error;
  } finally {
    await rm(replaced, { recursive: true, force: true });
  }
}

/**
 * A name for the folder to work in that tells later commands whether its maker still lives.
 *
 * @param {string} shelf
 */
export function workshopIn(shelf) {
  return join(shelf, `making-${process.pid}`);
}

/**
 * Removes the workshops of commands that are gone.
 *
 * @param {string} shelf
 */
export async function removeLeftovers(shelf) {
  for (const name of await readdir(shelf)) {
    const pid = /^making-(\d+)/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(shelf, name), { recursive: true, force: true });
  }
}

/**
 * @param {string} dist
 * @returns {Promise<Record<string, string>>}
 */
async function contents(dist) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { size, mtimeMs, mode } = await stat(path);
    found[relative(dist, path)] = `${size} ${Math.trunc(mtimeMs)} ${(mode & 0o777).toString(8)}`;
  }
  return found;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
