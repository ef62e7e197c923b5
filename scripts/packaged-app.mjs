import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sourceFingerprint } from './build.mjs';
import { declaredVersion, releaseRefusal } from './electron-runtime.mjs';
import { fingerprint, readStamp, writeStamp } from './fingerprint.mjs';
import { root } from './paths.mjs';
import { run } from './run.mjs';
import { SetupError, say } from './say.mjs';

/**
 * Packages the built app with electron-builder into `dist/`, unless it is there already and made of the same.
 * For development: an unpacked app that the end-to-end tests can drive. As a release: this platform's installers, from the declared Electron only.
 *
 * @param {import('./electron-runtime.mjs').Runtime} runtime
 * @param {{ release?: boolean }} [options]
 * @returns {Promise<string>} the executable of the unpacked app
 */
export async function packageApp(runtime, { release = false } = {}) {
  const refusal = release ? releaseRefusal(runtime, declaredVersion()) : null;
  if (refusal !== null) throw new SetupError(refusal);

  const executable = join(root, 'dist', unpackedExecutable(process.platform, process.arch));
  const wanted = fingerprint(['electron-builder.yml', 'docs/icon', 'scripts/packaged-app.mjs', 'scripts/after-pack.mjs'], { also: JSON.stringify([sourceFingerprint(), runtime, release]) });
  if (readStamp('packaged') === wanted && existsSync(executable)) return executable;

  say(release ? 'packaging a release ...' : `packaging on Electron ${runtime.version} for development and tests, with the inspector's arguments allowed; not a release ...`);
  writeStamp('packaged', '');
  const args = [
    ...(release ? [] : ['--dir', '-c.electronFuses.enableNodeCliInspectArguments=true']),
    `-c.electronDist=${runtime.dist}`,
    `-c.electronVersion=${runtime.version}`,
    '--publish=never',
  ];
  const { code, output } = await run(process.execPath, [join(root, 'node_modules', 'electron-builder', 'cli.js'), '--config', 'electron-builder.yml', ...args], { cwd: root, capture: true });
  if (code !== 0) throw new SetupError(`electron-builder failed:\n${output.trim()}`);
  if (!existsSync(executable)) throw new SetupError(`electron-builder made no ${executable}:\n${output.trim()}`);
  writeStamp('packaged', wanted);
  return executable;
}

/**
 * Where electron-builder puts the executable below `dist/`.
 *
 * @param {NodeJS.Platform} platform
 * @param {string} arch
 */
export function unpackedExecutable(platform, arch) {
  const suffix = arch === 'x64' ? '' : `-${arch}`;
  if (platform === 'darwin') return `mac${suffix}/Holdfast.app/Contents/MacOS/Holdfast`;
  if (platform === 'win32') return `win${suffix}-unpacked/holdfast.exe`;
  return `linux${suffix}-unpacked/holdfast`;
}
