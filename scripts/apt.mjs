import { existsSync } from 'node:fs';
import { run } from './run.mjs';
import { SetupError, say } from './say.mjs';

export const isRoot = process.getuid?.() === 0;

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

/**
 * @param {readonly string[][]} missing of each package its names
 * @throws {SetupError} when apt-get cannot
 */
export async function install(missing) {
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

/**
 * Waits while another one installs.
 *
 * @param {readonly string[]} args
 * @param {{ cwd?: string }} [options]
 */
export function aptGet(args, options = {}) {
  return run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], { ...options, capture: true, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}

/**
 * Of each package the name that this release has.
 *
 * @param {readonly string[][]} packages of each package its names
 */
export async function namesFor(packages) {
  const known = await knownPackages(packages.flat());
  return packages.map((names) => /** @type {string} */ (names.find((name) => known.has(name)) ?? names.at(-1)));
}

/**
 * Those that this release has.
 *
 * @param {readonly string[]} names
 */
export async function knownPackages(names) {
  const { output } = await run('apt-cache', ['policy', ...names], { capture: true, env: { ...process.env, LC_ALL: 'C' } });
  return new Set([...output.matchAll(/^(\S+):\n\s+Installed: .*\n\s+Candidate: (?!\(none\))/gm)].map((match) => match[1]));
}

export async function installedPackages() {
  const { output } = await run('dpkg-query', ['-W', '-f', '${db:Status-Abbrev}\t${Package}\t${Provides}\n'], { capture: true });
  return parseInstalled(output);
}

export async function isDebian() {
  return existsSync('/etc/debian_version') && (await isCommand('apt-get'));
}

/** @param {string} name */
export async function isCommand(name) {
  return (await run('sh', ['-c', `command -v ${name}`], { capture: true })).code === 0;
}

/** @param {readonly string[]} names */
export function installCommand(names) {
  const sudo = isRoot ? '' : 'sudo ';
  return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${names.join(' ')}`;
}
