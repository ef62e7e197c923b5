import './node-version.mjs';
import { commandSwitches } from './electron-switches.mjs';
import { root } from './paths.mjs';
import { run } from './run.mjs';
import { runCommand } from './say.mjs';
import { setUp } from './setup.mjs';
import { requireLibraries } from './system-packages.mjs';

await runCommand(async () => {
  const runtime = await setUp({ announce: false });
  // npm runs a script in the checkout; the paths on the command line are meant from where the person is.
  const cwd = process.env['npm_lifecycle_event'] === 'cli' ? process.env['INIT_CWD'] : undefined;
  // Nothing behind `--` is taken for a switch of Chromium, and on Windows a URL is accepted as an argument only there.
  const { code } = await run(runtime.executable, [...commandSwitches(), root, '--holdfast-cli', '--', ...process.argv.slice(2)], cwd ? { cwd } : {});
  if (code === 127) await requireLibraries(runtime.executable);
  return code;
});
