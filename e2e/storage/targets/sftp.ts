import { startOpenSsh } from '../../servers/real/openssh.ts';
import { startProftpdSftp } from '../../servers/real/proftpd-sftp.ts';
import { run } from '../../servers/real/run.ts';
import type { Address, RcloneRemote, StorageTarget } from '../target.ts';

interface Account {
  readonly name: string;
  readonly password: string;
}

/** How to reach a folder of an account, and how rclone does. */
async function ways({ name, password }: Account, folder: string, port: number, hostKey: string): Promise<{ readonly address: (port: number, options?: Readonly<Record<string, string>>) => Address; readonly remote: RcloneRemote }> {
  const { stdout } = await run('rclone', ['obscure', password]);
  return {
    address: (at, options = { hostKey }) => ({ backend: 'sftp', uri: `sftp://${name}@127.0.0.1:${at}${folder}`, options, secrets: { '': password } }),
    remote: { remote: `:sftp:${folder}/`, environment: { RCLONE_SFTP_HOST: '127.0.0.1', RCLONE_SFTP_PORT: String(port), RCLONE_SFTP_USER: name, RCLONE_SFTP_PASS: stdout.trim() } },
  };
}

function openSshTarget(id: string, title: string, account: 'rw' | 'sftpOnly'): StorageTarget {
  return {
    id, title, needs: ['openssh'], ...(account === 'rw' && { short: true }),
    async start() {
      const server = await startOpenSsh();
      const folder = await server.makeFolder(server[account], 'archive');
      const [key] = server.hostKeys;
      const { address, remote } = await ways(server[account], folder, server.port, key?.fingerprint ?? '');
      return {
        version: server.version, port: server.port, address,
        refusals: (port) => [
          { what: 'an unknown host key', address: address(port, {}), codes: ['untrusted_server'] },
          { what: 'another host key than the trusted one', address: address(port, { hostKey: `SHA256:${'A'.repeat(43)}` }), codes: ['untrusted_server'] },
          { what: 'a folder that is not there', address: { ...address(port), uri: `${address(port).uri}/missing` }, codes: ['not_found'] },
        ],
        rclone: () => remote, stop: () => server.stop(),
      };
    },
  };
}

export const SFTP_TARGETS: readonly StorageTarget[] = [
  openSshTarget('sftp-openssh', 'SFTP · OpenSSH, account with a shell', 'rw'),
  openSshTarget('sftp-openssh-only', 'SFTP · OpenSSH, sftp only', 'sftpOnly'),
  {
    id: 'sftp-proftpd', title: 'SFTP · ProFTPD mod_sftp', needs: ['proftpd'],
    async start() {
      const server = await startProftpdSftp();
      const folder = await server.makeFolder('archive');
      const { address, remote } = await ways({ name: server.user, password: server.password }, folder, server.port, server.fingerprint);
      return { version: server.version, port: server.port, address, rclone: () => remote, stop: () => server.stop() };
    },
  },
];
