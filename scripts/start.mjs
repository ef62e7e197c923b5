import './node-version.mjs';
import { windowSwitches } from './electron-switches.mjs';
import { root } from './paths.mjs';
import { run } from './run.mjs';
import { runCommand, say } from './say.mjs';
import { setUp } from './setup.mjs';
import { hasDisplay, requireLibraries } from './system-packages.mjs';

await runCommand(async () => {
  if (!hasDisplay()) {
    say('there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): start it on a desktop, or on a virtual display with  xvfb-run -a npm start');
    return 1;
  }
  const runtime = await setUp();
  await requireLibraries(runtime.executable);
  const { code } = await run(runtime.executable, [...windowSwitches(), root, ...process.argv.slice(2)]);
  return code;
});
