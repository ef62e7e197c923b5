import './node-version.mjs';
import { runCommand, say } from './say.mjs';
import { setUp } from './setup.mjs';
import { packageApp } from './packaged-app.mjs';

await runCommand(async () => {
  const runtime = await setUp();
  const executable = await packageApp(runtime, { release: process.argv.includes('--release') });
  say(`packaged: ${executable}`);
  return 0;
});
