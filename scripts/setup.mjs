import './node-version.mjs';
import { ensureBuilt } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { electronRuntime } from './electron-runtime.mjs';

/**
 * Everything that a command needs before it can do its work, each done only when it is not done yet. Safe to call at every start.
 *
 * @param {{ announce?: boolean }} [options] `announce`: say which Electron runs even when nothing had to be done
 * @returns {Promise<import('./electron-runtime.mjs').Runtime>}
 */
export async function setUp({ announce = true } = {}) {
  await ensureDependencies();
  const runtime = await electronRuntime({ announce });
  await ensureBuilt();
  return runtime;
}
