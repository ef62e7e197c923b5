import './node-version.mjs';
import { packageApp } from './packaged-app.mjs';
import { runCommand } from './say.mjs';
import { setUp } from './setup.mjs';
import { endToEnd } from './steps.mjs';
import { runSteps } from './summary.mjs';
import { ensureTestPackages } from './system-packages.mjs';

await runCommand(async () => {
  const runtime = await setUp();
  await ensureTestPackages(runtime.executable);
  const executable = await packageApp(runtime);
  return runSteps([() => endToEnd(executable, process.argv.slice(2))]);
});
