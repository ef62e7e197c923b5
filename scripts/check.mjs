import './node-version.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { runCommand } from './say.mjs';
import { lint, noCircularImports, typecheck, unit } from './steps.mjs';
import { runSteps } from './summary.mjs';

await runCommand(async () => {
  await ensureDependencies();
  return runSteps([lint, typecheck, noCircularImports, unit]);
});
