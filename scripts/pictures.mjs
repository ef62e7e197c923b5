import './node-version.mjs';
import { join } from 'node:path';
import { packageApp } from './packaged-app.mjs';
import { root } from './paths.mjs';
import { run } from './run.mjs';
import { runCommand } from './say.mjs';
import { setUp } from './setup.mjs';
import { hasDisplay, ensureTestPackages } from './system-packages.mjs';

// Writes docs/pictures/*.png: the main states of the packaged app's window, light and dark, in two sizes.
await runCommand(async () => {
  const runtime = await setUp();
  await ensureTestPackages(runtime.executable);
  const executable = await packageApp(runtime);
  const command = [process.execPath, join(root, 'node_modules', '@playwright', 'test', 'cli.js'), 'test', '--config', 'e2e/pictures.config.ts', ...process.argv.slice(2)];
  const [program = '', ...rest] = hasDisplay() ? command : ['xvfb-run', '-a', '-s', '-screen 0 1600x1000x24', ...command];
  const { code } = await run(program, rest, { cwd: root, env: { ...process.env, HOLDFAST_EXECUTABLE: executable } });
  return code;
});
