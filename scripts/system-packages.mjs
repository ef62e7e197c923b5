import { existsSync } from 'node:fs';
import { run } from './run.mjs';
import { SetupError, say } from './say.mjs';

/** Debian's packages, each with the name it has in newer releases first. */
const forElectron = [['libgtk-3-0t64', 'libgtk-3-0'], ['libnss3'], ['libasound2t64', 'libasound2'], ['libgbm1'], ['libxss1'], ['libxtst6'], ['libsecret-1-0']];
/** A display, fonts that make pictures equal everywhere, a real keychain, and certificates of the tests' own. */
const forTests = [...forElectron, ['xvfb'], ['xauth'], ['fonts-inter'], ['fonts-dejavu-core'], ['gnome-keyring'], ['dbus'], ['openssl']];

const isRoot = process.getuid?.() === 0;

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
  if (missing.length === 0) return;
  if (!isRoot) throw new SetupError(`system packages are missing. Install them with:  ${installCommand(await namesFor(missing))}`);
  await install(missing);
}

/** Whether a window can be shown. Only Linux has machines without any display. */
export function hasDisplay(platform = process.platform, environment = process.env) {
  return platform !== 'linux' || Boolean(environment['DISPLAY'] || environment['WAYLAND_DISPLAY']);
}

/**
 * @param {readonly string[][]} wanted alternatives of names
 * @param {ReadonlySet<string>} installed
 */
export function notInstalled(wanted, installed) {
  return wanted.filter((names) => !names.some((name) => installed.has(name)));
}

/**
 * The names in dpkg's list `STATUS TAB PACKAGE TAB PROVIDES`, with what each installed package stands in for.
 *
 * @param {string} list
 */
export function parseInstalled(list) {
  /** @type {Set<string>} */
  const names = new Set();
  for (const line of list.split('\n')) {
    const [status = '', name = '', provides = ''] = line.split('\t');
    if (!status.startsWith('ii')) continue;
    names.add(name);
    for (const provided of provides.split(',')) names.add(provided.replace(/\(.*/, '').trim());
  }
  return names;
}

/** @param {string} executable */
async function missingLibraries(executable) {
  if (process.platform !== 'linux' || !(await isCommand('ldd'))) return [];
  const { output } = await run('ldd', [executable], { capture: true });
  return [...output.matchAll(/^\s*(\S+) => not found/gm)].map((match) => /** @type {string} */ (match[1]));
}

/** @param {readonly string[][]} missing */
async function install(missing) {
  let names = await namesFor(missing);
  say(`installing system packages: ${names.join(' ')} ...`);
  const known = await knownPackages(names);
  if (names.some((name) => !known.has(name))) {
    await aptGet(['update']);
    names = await namesFor(missing);
  }
  const args = ['install', '-y', '--no-install-recommends', ...names];
  if ((await aptGet(args)).code === 0) return;
  await aptGet(['update']);
  const { code, output } = await aptGet(args);
  if (code !== 0) throw new SetupError(`apt-get could not install them:\n${output.trim()}`);
}

/** @param {readonly string[]} args */
function aptGet(args) {
  return run('apt-get', ['-q', ...args], { capture: true, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}

/**
 * Of each package the name that this release has.
 *
 * @param {readonly string[][]} packages
 */
async function namesFor(packages) {
  const known = await knownPackages(packages.flat());
  return packages.map((names) => /** @type {string} */ (names.find((name) => known.has(name)) ?? names.at(-1)));
}

/** @param {readonly string[]} names */
async function knownPackages(names) {
  const { output } = await run('apt-cache', ['policy', ...names], { capture: true, env: { ...process.env, LC_ALL: 'C' } });
  return new Set([...output.matchAll(/^(\S+):\n\s+Installed: .*\n\s+Candidate: (?!\(none\))/gm)].map((match) => match[1]));
}

async function installedPackages() {
  const { output } = await run('dpkg-query', ['-W', '-f', '${db:Status-Abbrev}\t${Package}\t${Provides}\n'], { capture: true });
  return parseInstalled(output);
}

async function isDebian() {
  return existsSync('/etc/debian_version') && (await isCommand('apt-get'));
}

/** @param {string} name */
async function isCommand(name) {
  return (await run('sh', ['-c', `command -v ${name}`], { capture: true })).code === 0;
}

/** @param {readonly string[]} names */
function installCommand(names) {
  const sudo = isRoot ? '' : 'sudo ';
  return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${names.join(' ')}`;
}
