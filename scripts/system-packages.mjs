import { install, installCommand, installedPackages, isCommand, isDebian, isRoot, namesFor, notInstalled } from './apt.mjs';
import { run } from './run.mjs';
import { SetupError } from './say.mjs';
import { ensureServers } from './server-packages.mjs';

/** Debian's packages, each with the name it has in newer releases first. */
const forElectron = [['libgtk-3-0t64', 'libgtk-3-0'], ['libnss3'], ['libasound2t64', 'libasound2'], ['libgbm1'], ['libxss1'], ['libxtst6'], ['libsecret-1-0']];
/** A display, fonts that make pictures equal everywhere, a real keychain, and certificates of the tests' own. */
const forTests = [...forElectron, ['xvfb'], ['xauth'], ['fonts-inter'], ['fonts-dejavu-core'], ['gnome-keyring'], ['dbus'], ['openssl']];

/**
 * Refuses to go on where the runtime lacks system libraries, with what to type.
 *
 * @param {string} executable of Electron
 */
export async function requireLibraries(executable) {
  const missing = await missingLibraries(executable);
  if (missing.length === 0) return;
  const hint = await isDebian() ? `Install them with:  ${installCommand(await namesFor(forElectron))}` : 'Install GTK 3, NSS, ALSA, GBM, XScreenSaver, XTest and libsecret with the package tool of this system.';
  throw new SetupError(`Electron needs system libraries that are not here: ${missing.join(', ')}. ${hint}`);
}

/**
 * Everything that the tests need of the system: installed on Debian as root, else asked for.
 *
 * @param {string} executable of Electron
 */
export async function ensureTestPackages(executable) {
  if (process.platform !== 'linux') return;
  if (!(await isDebian())) {
    await requireLibraries(executable);
    if (!hasDisplay() && !(await isCommand('xvfb-run'))) throw new SetupError('the tests need a display or xvfb-run, and neither is here.');
    return;
  }
  const missing = notInstalled(forTests, await installedPackages());
  if (missing.length > 0) {
    if (!isRoot) throw new SetupError(`system packages are missing. Install them with:  ${installCommand(await namesFor(missing))}`);
    await install(missing);
  }
  await ensureServers();
}

/** Whether a window can be shown. Only Linux has machines without any display. */
export function hasDisplay(platform = process.platform, environment = process.env) {
  return platform !== 'linux' || Boolean(environment['DISPLAY'] || environment['WAYLAND_DISPLAY']);
}

/** @param {string} executable */
async function missingLibraries(executable) {
  if (process.platform !== 'linux' || !(await isCommand('ldd'))) return [];
  const { output } = await run('ldd', [executable], { capture: true });
  return [...output.matchAll(/^\s*(\S+) => not found/gm)].map((match) => /** @type {string} */ (match[1]));
}
