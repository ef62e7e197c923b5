import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SystemAccount, createAccount } from './accounts.ts';
import { executable } from './installed.ts';
import { run } from './run.ts';
import { type RunningServer, freePort, makeServerFolder, removeServerFolder, startProcess, waitForPort } from './server-process.ts';

export interface OpenSshOptions {
  /** kinds of host keys, in this order; default: ed25519 and rsa */
  readonly hostKeys?: readonly ('ed25519' | 'rsa' | 'ecdsa')[];
  /** asks for the password itself, by PAM, instead of taking one */
  readonly keyboardInteractive?: boolean;
  /** further lines of the configuration, before those for accounts */
  readonly directives?: readonly string[];
}

/** A public key of the server. */
export interface HostKey {
  readonly kind: string;
  /** `SHA256:...` */
  readonly fingerprint: string;
  /** type and Base64, as known_hosts has them after the name */
  readonly line: string;
}

/** OpenSSH's sshd on 127.0.0.1 with accounts of its own. */
export interface OpenSsh extends RunningServer {
  readonly port: number;
  readonly hostKeys: readonly HostKey[];
  /** with a shell */
  readonly rw: SystemAccount;
  /** `sftp-server -R`, nothing else; the home of `rw` */
  readonly ro: SystemAccount;
  /** internal-sftp, nothing else */
  readonly sftpOnly: SystemAccount;
  /** private keys that let all of them in */
  readonly keyFile: string;
  readonly encryptedKeyFile: string;
  readonly passphrase: string;
  /** makes a folder in the home of an account, which it may write to; gives its absolute path */
  makeFolder(account: SystemAccount, name: string): Promise<string>;
}

const SFTP_SERVER = '/usr/lib/openssh/sftp-server';

/** Root only. */
export async function startOpenSsh({ hostKeys = ['ed25519', 'rsa'], keyboardInteractive = false, directives = [] }: OpenSshOptions = {}): Promise<OpenSsh> {
  const folder = await makeServerFolder('openssh');
  const passphrase = 'pass phrase';
  const keyFile = join(folder, 'client');
  const encryptedKeyFile = join(folder, 'client-encrypted');
  await makeKey(keyFile, 'ed25519', '');
  await makeKey(encryptedKeyFile, 'ed25519', passphrase);
  const authorized = join(folder, 'authorized');
  await writeFile(authorized, (await Promise.all([keyFile, encryptedKeyFile].map((file) => readFile(`${file}.pub`, 'utf8')))).join(''), { mode: 0o644 });
  const keys = await Promise.all(hostKeys.map((kind) => makeHostKey(join(folder, `host-${kind}`), kind)));

  // One after the other: the files of accounts are locked.
  const rw = await createAccount(join(folder, 'home', 'rw'));
  const sftpOnly = await createAccount(join(folder, 'home', 'sftp-only'));
  const ro = await createAccount(join(folder, 'home', 'rw'));
  await chown(rw.home, rw.uid, rw.gid);
  const port = await freePort();
  const file = join(folder, 'sshd_config');
  await writeFile(
    file,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      ...hostKeys.map((kind) => `HostKey ${join(folder, `host-${kind}`)}`),
      'PidFile none',
      `AuthorizedKeysFile ${authorized}`,
      'StrictModes no',
      'UseDNS no',
      `UsePAM ${keyboardInteractive ? 'yes' : 'no'}`,
      `PasswordAuthentication ${keyboardInteractive ? 'no' : 'yes'}`,
      `KbdInteractiveAuthentication ${keyboardInteractive ? 'yes' : 'no'}`,
      'PermitRootLogin no',
      `AllowUsers ${[rw, ro, sftpOnly].map(({ name }) => name).join(' ')}`,
      'MaxStartups 200',
      'PrintMotd no',
      'PrintLastLog no',
      `Subsystem sftp ${SFTP_SERVER}`,
      ...directives,
      `Match User ${ro.name}`,
      `  ForceCommand ${SFTP_SERVER} -R`,
      `Match User ${sftpOnly.name}`,
      '  ForceCommand internal-sftp',
      '',
    ].join('\n'),
  );
  await mkdir('/run/sshd', { recursive: true });
  const sshd = await startProcess({ name: 'sshd', command: executable('sshd'), args: ['-D', '-e', '-f', file], folder, ready: waitForPort(port) });
  const { stderr } = await run('ssh', ['-V']);
  return {
    name: 'OpenSSH',
    version: stderr.trim(),
    folder,
    port,
    hostKeys: keys,
    rw,
    ro,
    sftpOnly,
    keyFile,
    encryptedKeyFile,
    passphrase,
    makeFolder: async (account, name) => {
      const path = join(account.home, name);
      await mkdir(path, { recursive: true });
      await chown(path, account.uid, account.gid);
      return path;
    },
    stop: async () => {
      await sshd.stop();
      for (const account of [rw, ro, sftpOnly]) await account.remove();
      await removeServerFolder(folder);
    },
  };
}

async function makeHostKey(file: string, kind: string): Promise<HostKey> {
  await makeKey(file, kind, '');
  const [type = '', digits = ''] = (await readFile(`${file}.pub`, 'utf8')).split(' ');
  const { stdout } = await run('ssh-keygen', ['-l', '-f', `${file}.pub`]);
  return { kind, line: `${type} ${digits}`, fingerprint: stdout.split(' ')[1] ?? '' };
}

async function makeKey(file: string, kind: string, passphrase: string): Promise<void> {
  await run('ssh-keygen', ['-q', '-t', kind, '-N', passphrase, '-C', 'holdfast-test', '-f', file]);
}
