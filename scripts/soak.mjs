import './node-version.mjs';
import { packageApp } from './packaged-app.mjs';
import { runCommand } from './say.mjs';
import { setUp } from './setup.mjs';
import { ensureTestPackages } from './system-packages.mjs';

await runCommand(async () => {
  const runtime = await setUp();
  await ensureTestPackages(runtime.executable);
  const executable = await packageApp(runtime);
  // Its packages are there only now.
  const { runBundled } = await import('./bundled.mjs');
  // `npm run soak -- storage` and `-- failures` are about the storage servers, everything else about this computer.
  const [what, ...rest] = process.argv.slice(2);
  if (what === 'failures') return runBundled('e2e/storage/failures.ts', { executable, runtime, args: rest });
  return what === 'storage' ? runBundled('e2e/storage/main.ts', { executable, runtime, args: rest }) : runBundled('e2e/bench/soak.ts', { executable, runtime, args: process.argv.slice(2) });
});
