import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { floorRuntime, floorVersion } from './floor-runtime.mjs';
import { root, userCacheFolder } from './paths.mjs';
import { run } from './run.mjs';
import { SetupError, say } from './say.mjs';

/**
 * @typedef {object} Runtime
 * @property {'override' | 'official' | 'floor'} kind
 * @property {string} version of Electron, `33.2.1`
 * @property {string} dist the folder that electron-builder takes as `electronDist`
 * @property {string} executable runs an app folder: `executable [switches] FOLDER [arguments]`
 */

const dayInMs = 24 * 60 * 60 * 1000;
const downloadLimitInMs = 15 * 60 * 1000;

/**
 * The Electron to run: the one in ELECTRON_OVERRIDE_DIST_PATH; else the official one of package.json, downloaded at the first use; else the floor.
 *
 * @param {{ announce?: boolean }} [options] `announce`: say in one line which one it is
 * @returns {Promise<Runtime>}
 */
export async function electronRuntime({ announce = true } = {}) {
  const overriding = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (overriding) {
    const runtime = await overridingRuntime(resolve(overriding));
    if (announce) say(`running Electron ${runtime.version} from ELECTRON_OVERRIDE_DIST_PATH (${runtime.dist}).`);
    return runtime;
  }
  const folder = join(root, 'node_modules', 'electron');
  const declared = declaredVersion();
  const failure = isDownloaded(folder) ? null : await download(folder, declared);
  if (failure === null) {
    if (announce) say(`running the official Electron ${declared}.`);
    const dist = join(folder, 'dist');
    return { kind: 'official', version: declared, dist, executable: executableIn(dist) };
  }
  const dist = await floorRuntime();
  if (announce) say(`running Electron ${floorVersion}, the floor for development: the official ${declared} could not be downloaded (${failure}).`);
  return { kind: 'floor', version: floorVersion, dist, executable: executableIn(dist) };
}

/** The version of Electron that package.json asks for and the lockfile pins. */
export function declaredVersion() {
  return /** @type {string} */ (JSON.parse(readFileSync(join(root, 'node_modules', 'electron', 'package.json'), 'utf8')).version);
}

/**
 * Why a release may not be made from this runtime, or null when it may: only the declared Electron gets a supported, patched release.
 *
 * @param {Pick<Runtime, 'kind' | 'version'>} runtime
 * @param {string} declared
 */
export function releaseRefusal({ kind, version }, declared) {
  if (kind === 'floor') return `a release is never made from the floor runtime (Electron ${version}): run this where the official Electron ${declared} can be downloaded.`;
  if (version !== declared) return `a release is made from Electron ${declared}, this is ${version}.`;
  return null;
}

/**
 * @param {string} dist
 * @param {NodeJS.Platform} platform
 */
export function executableIn(dist, platform = process.platform) {
  if (platform === 'darwin') return join(dist, 'Electron.app', 'Contents', 'MacOS', 'Electron');
  return join(dist, platform === 'win32' ? 'electron.exe' : 'electron');
}

/**
 * @param {string} dist
 * @returns {Promise<Runtime>}
 */
async function overridingRuntime(dist) {
  const executable = executableIn(dist);
  if (!existsSync(executable)) throw new SetupError(`ELECTRON_OVERRIDE_DIST_PATH is set, but there is no ${executable}.`);
  const versionFile = join(dist, 'version');
  if (existsSync(versionFile)) return { kind: 'override', version: readFileSync(versionFile, 'utf8').trim().replace(/^v/, ''), dist, executable };
  const asked = await run(executable, ['-p', 'process.versions.electron'], { capture: true, env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } });
  const version = /^\d+\.\d+\.\d+\S*/m.exec(asked.output)?.[0];
  if (asked.code !== 0 || version === undefined) throw new SetupError(`${executable} does not say its version: ${asked.output.trim()}`);
  return { kind: 'override', version, dist, executable };
}

/** @param {string} folder the package `electron` */
function isDownloaded(folder) {
  try {
    // The installer writes path.txt last, after everything is unpacked.
    readFileSync(join(folder, 'path.txt'));
    return readFileSync(join(folder, 'dist', 'version'), 'utf8').replace(/^v/, '') === declaredVersion() && existsSync(executableIn(join(folder, 'dist')));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Downloads the official Electron. A failure is remembered for a day, so that a machine that cannot reach it starts fast.
 *
 * @param {string} folder
 * @param {string} version
 * @returns {Promise<string | null>} why there is none, or null
 */
async function download(folder, version) {
  const memory = join(userCacheFolder(), `no-official-electron-${version}.json`);
  const remembered = rememberedFailure(memory);
  if (remembered !== null) return `next try after ${remembered.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

  say(`downloading the official Electron ${version} ...`);
  const outcome = await run(process.execPath, [join(folder, 'install.js')], { capture: true, timeout: downloadLimitInMs });
  if (outcome.code === 0 && isDownloaded(folder)) {
    await rm(memory, { force: true });
    return null;
  }
  await mkdir(userCacheFolder(), { recursive: true });
  await writeFile(memory, JSON.stringify({ failedAt: new Date().toISOString() }));
  return `${outcome.output.trim().split('\n')[0] || `the download ended with code ${outcome.code}`}; next try in a day, or after deleting ${memory}`;
}

/**
 * @param {string} memory
 * @returns {Date | null} when to try again, while that is in the future
 */
function rememberedFailure(memory) {
  try {
    const again = new Date(Date.parse(JSON.parse(readFileSync(memory, 'utf8')).failedAt) + dayInMs);
    return again.getTime() > Date.now() && again.getTime() <= Date.now() + dayInMs ? again : null;
  } catch (error) {
    if (error instanceof SyntaxError || /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return null;
    throw error;
  }
}
