import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * electron-builder calls this for the unpacked app, before it sets the fuses. A runtime handed in as a folder brings along what only a
 * development runtime needs: the program behind `electron FOLDER` and the file that names the version.
 *
 * @param {{ appOutDir: string }} context
 */
export default async function afterPack({ appOutDir }) {
  for (const name of await readdir(appOutDir, { recursive: true })) {
    if (/(^|[\\/])default_app\.asar$/.test(name)) await rm(join(appOutDir, name));
  }
  await rm(join(appOutDir, 'version'), { force: true });
}
