import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAccount } from './accounts.ts';
import type { CertificateFiles } from './certificates.ts';
import { type FtpServer, type PassivePorts, pauseAll } from './ftp-server.ts';
import { executable } from './installed.ts';
import { freePort, makeServerFolder, removeServerFolder, startProcess, waitForPort } from './server-process.ts';

export interface VsftpdOptions {
  /** null: no TLS at all */
  readonly certificate: CertificateFiles | null;
  /** default: any */
  readonly passive?: PassivePorts;
  /** further lines of the configuration, `key=value` */
  readonly directives?: readonly string[];
}

/** vsftpd with one system account; it knows neither MLSD nor digests. Root only. */
export async function startVsftpd({ certificate, passive, directives = [] }: VsftpdOptions): Promise<FtpServer> {
  const folder = await makeServerFolder('vsftpd');
  const home = join(folder, 'home');
  const empty = join(folder, 'empty');
  await mkdir(empty);
  await chmod(empty, 0o555);
  const account = await createAccount(home);
  const port = await freePort();
  const file = join(folder, 'vsftpd.conf');
  await writeFile(file, [...lines({ port, home, empty }), ...(passive === undefined ? [] : [`pasv_min_port=${passive.first}`, `pasv_max_port=${passive.last}`]), ...tlsLines(certificate), ...directives, ''].join('\n'), { mode: 0o600 });
  const command = executable('vsftpd');
  const process_ = await startProcess({ name: 'vsftpd', command, args: [file], folder, ready: waitForPort(port) });
  return {
    name: 'vsftpd',
    version: await versionOf(command),
    folder,
    port,
    home,
    user: account.name,
    password: account.password,
    makeFolder: async (name) => {
      await mkdir(join(home, name), { recursive: true });
      await chown(join(home, name), account.uid, account.gid);
    },
    pause: () => pauseAll(process_.pid),
    stop: async () => {
      await process_.stop();
      await account.remove();
      await removeServerFolder(folder);
    },
  };
}

function lines({ port, home, empty }: { readonly port: number; readonly home: string; readonly empty: string }): readonly string[] {
  return [
    'listen=YES',
    'listen_address=127.0.0.1',
    `listen_port=${port}`,
    'background=NO',
    'anonymous_enable=NO',
    'local_enable=YES',
    'write_enable=YES',
    'local_umask=022',
    `local_root=${home}`,
    'chroot_local_user=YES',
    'allow_writeable_chroot=YES',
    'check_shell=NO',
    'pam_service_name=other',
    `secure_chroot_dir=${empty}`,
    'pasv_enable=YES',
    'xferlog_enable=NO',
    'seccomp_sandbox=NO',
    'isolate=NO',
    'isolate_network=NO',
  ];
}

function tlsLines(certificate: CertificateFiles | null): readonly string[] {
  if (certificate === null) return [];
  return ['ssl_enable=YES', 'force_local_logins_ssl=YES', 'force_local_data_ssl=YES', 'require_ssl_reuse=YES', 'ssl_ciphers=HIGH', `rsa_cert_file=${certificate.certFile}`, `rsa_private_key_file=${certificate.keyFile}`];
}

/** `vsftpd -v` writes to its standard input, where nobody can read it. */
async function versionOf(command: string): Promise<string> {
  const text = (await readFile(command)).toString('latin1');
  return `vsftpd ${/vsFTPd (\d+\.\d+\.\d+)/.exec(text)?.[1] ?? '(version not known)'}`;
}
