import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutCache, root } from './paths.mjs';
import { run } from './run.mjs';
import { hasDisplay } from './system-packages.mjs';
import { countPlaywright, countVitest } from './summary.mjs';

/** @typedef {import('./summary.mjs').StepResult} StepResult */

const tool = {
  eslint: join(root, 'node_modules', 'eslint', 'bin', 'eslint.js'),
  tsc: join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
  vitest: join(root, 'node_modules', 'vitest', 'vitest.mjs'),
  playwright: join(root, 'node_modules', '@playwright', 'test', 'cli.js'),
};

/** @returns {Promise<StepResult>} */
export async function lint() {
  return { name: 'lint', code: (await run(process.execPath, [tool.eslint, '.', '--max-warnings=0'], { cwd: root })).code };
}

/** @returns {Promise<StepResult>} */
export async function typecheck() {
  return { name: 'typecheck', code: (await run(process.execPath, [tool.tsc, '--build'], { cwd: root })).code };
}

/** @returns {Promise<StepResult>} */
export async function noCircularImports() {
  return { name: 'circular imports', code: (await run(process.execPath, [join(root, 'scripts', 'cycles.mjs')], { cwd: root })).code };
}

/** @returns {Promise<StepResult>} */
export function unit() {
  return vitest('unit and conformance (Node)', process.execPath, []);
}

/**
 * The hashes, and what decides whom to trust, once more in Electron's own Node, whose crypto is another library.
 *
 * @param {import('./electron-runtime.mjs').Runtime} runtime the raw one: in the packaged app this door is shut
 */
export function integrityInElectron(runtime) {
  return vitest('integrity and trust (Electron)', runtime.executable, ['electron/integrity', 'electron/storage/network'], { ...process.env, ELECTRON_RUN_AS_NODE: '1' });
}

/**
 * The product from outside, in the packaged app.
 *
 * @param {string} executable
 * @param {readonly string[]} args for Playwright
 * @returns {Promise<StepResult>}
 */
export async function endToEnd(executable, args = []) {
  const report = freshReport('end-to-end');
  const command = [process.execPath, tool.playwright, 'test', '--config', 'e2e/playwright.config.ts', '--reporter=list,json', ...args];
  const [program = '', ...rest] = hasDisplay() ? command : ['xvfb-run', '-a', '-s', '-screen 0 1600x1000x24', ...command];
  const { code } = await run(program, rest, { cwd: root, env: { ...process.env, HOLDFAST_EXECUTABLE: executable, PLAYWRIGHT_JSON_OUTPUT_FILE: report } });
  return { name: 'end to end (packaged app)', code, counts: countPlaywright(readReport(report)) };
}

/**
 * @param {string} name
 * @param {string} program
 * @param {readonly string[]} filters
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<StepResult>}
 */
async function vitest(name, program, filters, env = process.env) {
  const report = freshReport(filters.length === 0 ? 'unit' : 'integrity');
  const { code } = await run(program, [tool.vitest, 'run', ...filters, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`], { cwd: root, env });
  return { name, code, counts: countVitest(readReport(report)) };
}

/** @param {string} name */
function freshReport(name) {
  const file = join(checkoutCache, 'reports', `${name}.json`);
  rmSync(file, { force: true });
  return file;
}

/** @param {string} file */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return null;
    throw error;
  }
}
