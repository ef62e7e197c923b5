import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateFiles } from './certificates.ts';
import { type FtpServer, type PassivePorts, pauseAll } from './ftp-server.ts';
import { executable } from './installed.ts';
import { run } from './run.ts';
import { freePort, makeServerFolder, removeServerFolder, startProcess, waitForPort } from './server-process.ts';

export interface ProftpdOptions {
  /** null: no TLS at all */
  readonly certificate: CertificateFiles | null;
  /** TLS from the first byte on, instead of after AUTH TLS */
  readonly implicit?: boolean;
  /** default: any */
  readonly passive?: PassivePorts;
  /** further lines of the configuration */
  readonly directives?: readonly string[];
  /** digests and copies by the server; default true */
  readonly extras?: boolean;
}

export interface Proftpd extends FtpServer {
  /** may look, but not write; the same password */
  readonly readOnlyUser: string;
}

const USER = 'rw';
const READ_ONLY_USER = 'ro';
const PASSWORD = 'pw-proftpd';

/** ProFTPD with users of its own, for FTP; data connections over TLS must reuse the session of the control connection, as is its default. */
export async function startProftpd({ certificate, implicit = false, passive, directives = [], extras = true }: ProftpdOptions): Promise<Proftpd> {
  const folder = await makeServerFolder('proftpd');
  const home = join(folder, 'home');
  const [uid, gid] = await servingIds();
  const makeOwned = async (path: string) => {
    await mkdir(path, { recursive: true });
    if (process.getuid?.() === 0) await chown(path, uid, gid);
  };
  await makeOwned(home);
  const port = await freePort();
  const { stdout: hash } = await run('openssl', ['passwd', '-6', PASSWORD]);
  const account = (name: string) => `${name}:${hash.trim()}:${uid}:${gid}::${home}:/bin/false\n`;
  await writeFile(join(folder, 'passwd'), account(USER) + account(READ_ONLY_USER), { mode: 0o600 });
  const file = join(folder, 'proftpd.conf');
  await writeFile(file, configuration({ folder, port, passive, tls: certificate === null ? [] : tlsLines(folder, certificate, implicit), extras, directives }));
  const command = executable('proftpd');
  const process_ = await startProcess({ name: 'proftpd', command, args: ['-n', '-c', file], folder, ready: waitForPort(port) });
  const { stderr, stdout } = await run(command, ['-v']);
  return {
    name: 'ProFTPD',
    version: `${stdout}${stderr}`.trim(),
    folder,
    port,
    home,
    user: USER,
    readOnlyUser: READ_ONLY_USER,
    password: PASSWORD,
    makeFolder: (name) => makeOwned(join(home, name)),
    pause: () => pauseAll(process_.pid),
    stop: async () => {
      await process_.stop();
      await removeServerFolder(folder);
    },
  };
}

/** Under root it serves as `nobody`, else as who runs the tests. */
async function servingIds(): Promise<readonly [number, number]> {
  if (process.getuid?.() !== 0) return [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const [uid = 0, gid = 0] = (await Promise.all(['-u', '-g'].map((option) => run('id', [option, 'nobody'])))).map(({ stdout }) => Number(stdout));
  return [uid, gid];
}

function tlsLines(folder: string, { certFile, keyFile }: CertificateFiles, implicit: boolean): readonly string[] {
  // Without mod_tls_shmcache: it crashes after some 130 data connections of one session.
  return [
    'TLSEngine on',
    `TLSLog ${folder}/tls.log`,
    'TLSProtocol TLSv1.2 TLSv1.3',
    `TLSRSACertificateFile ${certFile}`,
    `TLSRSACertificateKeyFile ${keyFile}`,
    'TLSVerifyClient off',
    'TLSRenegotiate none',
    'TLSRequired on',
    ...(implicit ? ['TLSOptions UseImplicitSSL'] : []),
  ];
}

interface Parts {
  readonly folder: string;
  readonly port: number;
  readonly passive: PassivePorts | undefined;
  readonly tls: readonly string[];
  readonly extras: boolean;
  readonly directives: readonly string[];
}

function configuration({ folder, port, passive, tls, extras, directives }: Parts): string {
  return [
    'ModulePath /usr/lib/proftpd',
    ...(tls.length > 0 ? ['LoadModule mod_tls.c'] : []),
    ...(extras ? ['LoadModule mod_digest.c', 'LoadModule mod_copy.c', 'DigestEngine on', 'DigestAlgorithms crc32 md5 sha1 sha256 sha512', 'CopyEngine on'] : []),
    'ServerName "Holdfast test server"',
    'ServerType standalone',
    'DefaultAddress 127.0.0.1',
    'SocketBindTight on',
    'UseIPv6 off',
    'UseReverseDNS off',
    'WtmpLog off',
    'DelayEngine off',
    'TimesGMT on',
    ...(process.getuid?.() === 0 ? ['User nobody', 'Group nogroup'] : []),
    `Port ${port}`,
    `PidFile ${folder}/own.pid`,
    `ScoreboardFile ${folder}/scoreboard`,
    `SystemLog ${folder}/system.log`,
    'TransferLog none',
    'MaxInstances 100',
    'MaxLoginAttempts 3',
    'AuthOrder mod_auth_file.c',
    `AuthUserFile ${folder}/passwd`,
    'RequireValidShell off',
    'DefaultRoot ~',
    'AllowOverwrite on',
    'AllowStoreRestart on',
    'AllowRetrieveRestart on',
    ...(passive === undefined ? [] : [`PassivePorts ${passive.first} ${passive.last}`]),
    'TimeoutIdle 600',
    '<Limit WRITE>',
    `  DenyUser ${READ_ONLY_USER}`,
    '</Limit>',
    ...tls,
    ...directives,
    '',
  ].join('\n');
}
