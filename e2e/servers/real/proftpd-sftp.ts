import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { executable } from './installed.ts';
import { run } from './run.ts';
import { type RunningServer, freePort, makeServerFolder, removeServerFolder, startProcess, waitForPort } from './server-process.ts';

/** ProFTPD's mod_sftp on 127.0.0.1: SFTP by another hand than OpenSSH's, without a shell. */
export interface ProftpdSftp extends RunningServer {
  readonly port: number;
  readonly user: string;
  /** may look, but not write; the same password */
  readonly readOnlyUser: string;
  readonly password: string;
  /** `SHA256:...` */
  readonly fingerprint: string;
  /** the folder that users see as `/`, from outside */
  readonly home: string;
  /** makes a folder below `home` that the user may write to; gives its path as users see it */
  makeFolder(name: string): Promise<string>;
}

const USER = 'rw';
const READ_ONLY_USER = 'ro';
const PASSWORD = 'pw-proftpd';

/** @param directives further lines of the configuration, e.g. to switch extensions off */
export async function startProftpdSftp({ directives = [] }: { readonly directives?: readonly string[] } = {}): Promise<ProftpdSftp> {
  const folder = await makeServerFolder('proftpd-sftp');
  const home = join(folder, 'home');
  const isRoot = process.getuid?.() === 0;
  const [uid = 0, gid = 0] = isRoot ? await Promise.all(['-u', '-g'].map(async (option) => Number((await run('id', [option, 'nobody'])).stdout))) : [process.getuid?.(), process.getgid?.()];
  const makeOwned = async (path: string): Promise<void> => {
    await mkdir(path, { recursive: true });
    if (isRoot) await chown(path, uid, gid);
  };
  await makeOwned(home);
  const port = await freePort();
  const hostKey = join(folder, 'host-rsa');
  await run('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', '', '-f', hostKey]);
  const { stdout: shown } = await run('ssh-keygen', ['-l', '-f', `${hostKey}.pub`]);
  const { stdout: hash } = await run('openssl', ['passwd', '-6', PASSWORD]);
  await writeFile(join(folder, 'passwd'), [USER, READ_ONLY_USER].map((name) => `${name}:${hash.trim()}:${uid}:${gid}::${home}:/bin/false\n`).join(''), { mode: 0o600 });
  const file = join(folder, 'proftpd.conf');
  await writeFile(
    file,
    [
      'ModulePath /usr/lib/proftpd',
      'LoadModule mod_sftp.c',
      'ServerName "Holdfast test server"',
      'ServerType standalone',
      'DefaultAddress 127.0.0.1',
      'SocketBindTight on',
      'UseIPv6 off',
      'UseReverseDNS off',
      'WtmpLog off',
      'DelayEngine off',
      'TimesGMT on',
      ...(isRoot ? ['User nobody', 'Group nogroup'] : []),
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
      'TimeoutIdle 600',
      'SFTPEngine on',
      `SFTPLog ${folder}/sftp.log`,
      `SFTPHostKey ${hostKey}`,
      'SFTPAuthMethods password',
      '<Limit WRITE>',
      `  DenyUser ${READ_ONLY_USER}`,
      '</Limit>',
      ...directives,
      '',
    ].join('\n'),
  );
  const command = executable('proftpd');
  const server = await startProcess({ name: 'proftpd', command, args: ['-n', '-c', file], folder, ready: waitForPort(port) });
  const { stderr, stdout } = await run(command, ['-v']);
  return {
    name: 'ProFTPD (mod_sftp)',
    version: `${stdout}${stderr}`.trim(),
    folder,
    port,
    user: USER,
    readOnlyUser: READ_ONLY_USER,
    password: PASSWORD,
    fingerprint: shown.split(' ')[1] ?? '',
    home,
    makeFolder: async (name) => {
      await makeOwned(join(home, name));
      return `/${name}`;
    },
    stop: async () => {
      await server.stop();
      await removeServerFolder(folder);
    },
  };
}
