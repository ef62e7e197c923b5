import './node-version.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { electronRuntime } from './electron-runtime.mjs';
import { ensureBuilt } from './build.mjs';
import { packageApp } from './packaged-app.mjs';
import { runCommand } from './say.mjs';
import { endToEnd, integrityInElectron, lint, noCircularImports, typecheck, unit } from './steps.mjs';
import { runSteps } from './summary.mjs';
import { ensureTestPackages } from './system-packages.mjs';

await runCommand(async () => {
  await ensureDependencies();
  const runtime = await electronRuntime();
  await ensureTestPackages(runtime.executable);
  return runSteps([
    lint,
    typecheck,
    noCircularImports,
    unit,
    () => integrityInElectron(runtime),
    async () => {
      await ensureBuilt();
      return endToEnd(await packageApp(runtime));
    },
  ]);
});
