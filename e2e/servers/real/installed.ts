import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export interface InstallableServer {
  /** as people call it */
  readonly title: string;
  /** programs that must be there */
  readonly executables?: readonly string[];
  /** files that must be there */
  readonly files?: readonly string[];
  /** an npm package that must be there */
  readonly module?: string;
  /** it serves system accounts or needs other rights of root */
  readonly root?: true;
}

/** The real servers that tests know, and by what each is known to be here. */
export const SERVERS = {
  openssh: { title: 'OpenSSH', executables: ['sshd', 'ssh-keygen'], files: ['/usr/lib/openssh/sftp-server'], root: true },
  proftpd: { title: 'ProFTPD', executables: ['proftpd'], files: ['/usr/lib/proftpd/mod_sftp.so', '/usr/lib/proftpd/mod_tls.so'] },
  vsftpd: { title: 'vsftpd', executables: ['vsftpd'], root: true },
  pureftpd: { title: 'Pure-FTPd', executables: ['pure-ftpd', 'pure-pw'], root: true },
  apache: { title: 'Apache', executables: ['apache2'], files: ['/usr/lib/apache2/modules/mod_dav_fs.so', '/usr/lib/apache2/modules/mod_ssl.so'] },
  nginx: { title: 'nginx', executables: ['nginx'], files: ['/usr/lib/nginx/modules/ngx_http_dav_ext_module.so'] },
  rclone: { title: 'rclone', executables: ['rclone'] },
  ceph: { title: 'Ceph', executables: ['ceph', 'ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph-authtool', 'monmaptool'] },
  swift: { title: 'OpenStack Swift', executables: ['swift-proxy-server', 'swift-account-server', 'swift-container-server', 'swift-object-server', 'swift-ring-builder', 'memcached'] },
  azurite: { title: 'Azurite', module: 'azurite' },
  tus: { title: 'tus server', module: '@tus/server' },
} as const satisfies Readonly<Record<string, InstallableServer>>;

export type ServerName = keyof typeof SERVERS;

/** Servers whose Debian packages exclude each other are unpacked here by scripts/server-packages.mjs. */
const unpacked = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'holdfast-development', 'servers');
const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin', ...['vsftpd', 'pure-ftpd', 'pure-ftpd-common'].flatMap((name) => [join(unpacked, name, 'usr/sbin'), join(unpacked, name, 'usr/bin')])];

/** Where a program is, also in folders that are no part of people's PATH; null when it is not here. */
export function findExecutable(name: string): string | null {
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

/** @throws Error when it is not here, which `whyMissing` would have told */
export function executable(name: string): string {
  const found = findExecutable(name);
  if (found === null) throw new Error(`${name} is not installed. npm test installs it on Debian as root.`);
  return found;
}

/** Why a server cannot be started here, e.g. "OpenSSH not installed"; null when it can. */
export function whyMissing(name: ServerName): string | null {
  const { title, executables = [], files = [], module, root }: InstallableServer = SERVERS[name];
  const found = executables.every((program) => findExecutable(program) !== null) && files.every((file) => existsSync(file)) && (module === undefined || isModule(module));
  if (!found) return `${title} not installed`;
  return root && process.getuid?.() !== 0 ? `${title} needs root` : null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isModule(name: string): boolean {
  // From the checkout: benchmarks run from a bundle elsewhere.
  return createRequire(resolve('package.json')).resolve.paths(name)?.some((folder) => existsSync(join(folder, name, 'package.json'))) ?? false;
}
