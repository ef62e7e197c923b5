import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprint, readStamp, writeStamp } from './fingerprint.mjs';
import { checkoutCache, root } from './paths.mjs';
import { run } from './run.mjs';
import { SetupError, say } from './say.mjs';

const sources = ['electron', 'renderer', 'shared', 'electron.vite.config.ts', 'package.json', 'package-lock.json', 'tsconfig.base.json'];
const notBuilt = /\.test\.tsx?$|tsconfig[^/]*\.json$|\.md$/;

/** What the built app is made of. */
export function sourceFingerprint() {
  return fingerprint(sources, { except: notBuilt });
}

/** Builds the app into `out/`, unless it is there already and made of the present sources. A failed build leaves the last good one. */
export async function ensureBuilt() {
  const wanted = sourceFingerprint();
  const out = join(root, 'out');
  if (readStamp('built') === wanted && existsSync(join(out, 'main', 'main.js'))) return;

  say('building ...');
  const workshop = join(checkoutCache, `build-${process.pid}`);
  await mkdir(checkoutCache, { recursive: true });
  try {
    const { code, output } = await run(process.execPath, [join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js'), 'build', '--outDir', workshop, '--logLevel', 'warn'], { cwd: root, capture: true, env: { ...process.env, NO_COLOR: '1' } });
    if (code !== 0) throw new SetupError(`the build failed:\n${output.trim()}`);
    await swap(workshop, out);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  writeStamp('built', wanted);
}

/**
 * @param {string} made
 * @param {string} place
 */
async function swap(made, place) {
  const old = `${made}-old`;
  try {
    if (existsSync(place)) await rename(place, old);
    await rename(made, place);
  } catch (error) {
    throw new SetupError(`could not replace ${place} (${/** @type {Error} */ (error).message}): close the Holdfast that runs from it and try again.`);
  } finally {
    await rm(old, { recursive: true, force: true });
  }
}
