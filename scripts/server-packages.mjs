import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { aptGet, install, installedPackages, isRoot, notInstalled } from './apt.mjs';
import { userCacheFolder } from './paths.mjs';
import { run } from './run.mjs';
import { SetupError, say } from './say.mjs';

/** Debian's packages of the storage servers that the tests start, by server, so that one that cannot be had does not cost the others. */
const servers = [
  ['openssh-server', 'openssh-client'],
  ['proftpd-core', 'proftpd-mod-crypto'],
  ['apache2'],
  ['nginx-extras'],
  ['rclone'],
  ['memcached', 'swift-proxy', 'swift-account', 'swift-container', 'swift-object'],
  ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common'],
  // What the unpacked ones need.
  ['libwrap0', 'libsodium23'],
  // For the benchmarks.
  ['lftp'],
];
/** Packages that exclude proftpd-core as packages, but not as programs. */
const unpacked = ['vsftpd', 'pure-ftpd', 'pure-ftpd-common'];

/** Once is enough. @type {Promise<unknown> | undefined} */
let update;

/** Gets the storage servers on Debian as root. Nothing fails without them: their tests are skipped, with a word in the summary. */
export async function ensureServers() {
  if (!isRoot) return;
  const missing = notInstalled(servers.flat().map((name) => [name]), await installedPackages()).flat();
  if (missing.length > 0) await withoutServices(() => installServers(missing));
  for (const name of unpacked) await unpack(name);
}

/** @param {readonly string[]} missing */
async function installServers(missing) {
  try {
    await install(missing.map((name) => [name]));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    for (const server of servers) {
      const names = server.filter((name) => missing.includes(name));
      const done = names.length === 0 || (await aptGet(['install', '-y', '--no-install-recommends', ...names])).code === 0;
      if (!done) say(`these could not be installed, their tests are skipped: ${names.join(' ')}`);
    }
  }
}

/**
 * Debian's packages start their services unless this file forbids it. One that is there already stays as it is.
 *
 * @param {() => Promise<void>} work
 * @param {string} policy the file
 */
export async function withoutServices(work, policy = '/usr/sbin/policy-rc.d') {
  if (existsSync(policy)) return work();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await work();
  } finally {
    rmSync(policy, { force: true });
  }
}

/** @param {string} name */
async function unpack(name) {
  const folder = join(userCacheFolder(), 'servers');
  if (existsSync(join(folder, name))) return;
  await mkdir(folder, { recursive: true });
  const workshop = await mkdtemp(join(folder, '.unpack-'));
  try {
    const get = () => aptGet(['download', name], { cwd: workshop });
    let download = await get();
    if (download.code !== 0) {
      await (update ??= aptGet(['update']));
      download = await get();
    }
    const [deb] = (await readdir(workshop)).filter((file) => file.endsWith('.deb'));
    const contents = join(workshop, 'contents');
    const done = deb !== undefined && (await run('dpkg', ['-x', join(workshop, deb), contents], { capture: true })).code === 0;
    // Another one may have been faster.
    if (done && !existsSync(join(folder, name))) await rename(contents, join(folder, name)).catch(ignoreExisting);
    if (!done) say(`${name} could not be had, its tests are skipped:\n${download.output.trim()}`);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/** @param {NodeJS.ErrnoException} error */
function ignoreExisting(error) {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
}
