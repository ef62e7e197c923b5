import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { commandSwitches, windowSwitches } from './electron-switches.mjs';
import { checkoutCache, root } from './paths.mjs';
import { run } from './run.mjs';
import { hasDisplay } from './system-packages.mjs';

/**
 * Runs a TypeScript program of `e2e/` against the packaged app, on a virtual display where there is none. Bundled first: the oldest Node
 * that the commands run on knows no types.
 *
 * @param {string} entry below the checkout
 * @param {{ executable: string, runtime: import('./electron-runtime.mjs').Runtime, args: readonly string[] }} options
 * @returns {Promise<number>} its exit code
 */
export async function runBundled(entry, { executable, runtime, args }) {
  const folder = join(checkoutCache, `bundle-${process.pid}`);
  try {
    await build({ root, configFile: false, logLevel: 'warn', build: { ssr: entry, outDir: folder, target: 'node20', rollupOptions: { output: { entryFileNames: 'program.mjs' } } } });
    const command = [process.execPath, join(folder, 'program.mjs'), ...args];
    const [program = '', ...rest] = hasDisplay() ? command : ['xvfb-run', '-a', '-s', '-screen 0 1600x1000x24', ...command];
    const env = {
      ...process.env,
      HOLDFAST_EXECUTABLE: executable,
      HOLDFAST_RUNTIME: runtime.executable,
      HOLDFAST_RUNTIME_VERSION: runtime.version,
      HOLDFAST_COMMAND_SWITCHES: JSON.stringify(commandSwitches()),
      HOLDFAST_WINDOW_SWITCHES: JSON.stringify(windowSwitches()),
    };
    return (await run(program, rest, { cwd: root, env })).code;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
