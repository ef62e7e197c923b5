import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateFiles } from './certificates.ts';
import { type FtpServer, pauseAll } from './ftp-server.ts';
import { executable } from './installed.ts';
import { run } from './run.ts';
import { freePort, makeServerFolder, removeServerFolder, startProcess, waitForPort } from './server-process.ts';

export interface PureftpdOptions {
  /** null: no TLS at all */
  readonly certificate: CertificateFiles | null;
  /** most bytes that the user may store; default 256 MiB */
  readonly quota?: number;
  /** connections from one address */
  readonly connections?: number;
}

const USER = 'rw';
const PASSWORD = 'pw-pureftpd';

/** Pure-FTPd with one user of its own who has a quota. Root only. */
export async function startPureftpd({ certificate, quota = 256 * 1024 * 1024, connections }: PureftpdOptions): Promise<FtpServer> {
  const folder = await makeServerFolder('pureftpd');
  const home = join(folder, 'home');
  const [uid = 0, gid = 0] = (await Promise.all(['-u', '-g'].map((option) => run('id', [option, 'nobody'])))).map(({ stdout }) => Number(stdout));
  const makeOwned = async (path: string) => {
    await mkdir(path, { recursive: true });
    await chown(path, uid, gid);
  };
  await makeOwned(home);
  const port = await freePort();
  const passwd = join(folder, 'passwd');
  const database = join(folder, 'users.pdb');
  // A hash of crypt's: the server's own kind reserves 1 GiB and takes seconds for each login.
  const { stdout: hash } = await run('openssl', ['passwd', '-6', PASSWORD]);
  await writeFile(passwd, `${USER}:${hash.trim()}:${uid}:${gid}::${home}/./:::::::${quota}:::::\n`, { mode: 0o600 });
  await run(executable('pure-pw'), ['mkdb', database, '-f', passwd]);
  const command = executable('pure-ftpd');
  const args = ['-S', `127.0.0.1,${port}`, '-l', `puredb:${database}`, '-A', '-E', '-H', '-R', '-u', '1000', '-g', join(folder, 'own.pid'), '-n', `100000:${Math.ceil(quota / 1024 / 1024)}`];
  if (certificate !== null) args.push('-Y', '2', '-2', `${await bothIn(folder, certificate)}`);
  if (connections !== undefined) args.push('-C', String(connections));
  const process_ = await startProcess({ name: 'pureftpd', command, args, folder, ready: waitForPort(port) });
  const { stdout: version } = await run(command, ['--help'], { codes: [0, 1] });
  return {
    name: 'Pure-FTPd',
    version: version.split('\n')[0] ?? '',
    folder,
    port,
    home,
    user: USER,
    password: PASSWORD,
    makeFolder: (name) => makeOwned(join(home, name)),
    pause: () => pauseAll(process_.pid),
    stop: async () => {
      await process_.stop();
      await removeServerFolder(folder);
    },
  };
}

/** Certificate and key as the server wants them. */
async function bothIn(folder: string, { certFile, keyFile }: CertificateFiles): Promise<string> {
  const both = join(folder, 'both.pem');
  await writeFile(both, `${await readFile(certFile, 'utf8')}${await readFile(keyFile, 'utf8')}`, { mode: 0o600 });
  await chmod(both, 0o600);
  return both;
}
