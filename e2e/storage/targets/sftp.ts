import { join } from 'node:path';
import { startOpenSsh } from '../../servers/real/openssh.ts';
import { startProftpdSftp } from '../../servers/real/proftpd-sftp.ts';
import { run } from '../../servers/real/run.ts';
import type { Address, Failure, RcloneRemote, Refusal, StorageTarget } from '../target.ts';
import { filesBelow, makeServerPlaces, readOnlyLocation } from './server-places.ts';

const NOT_HERE: Readonly<Partial<Record<Failure, string>>> = { clock: 'nothing in SFTP depends on a clock' };

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

function missing(right: Address): Refusal {
  return { failure: 'missing place', what: 'a folder that is not there', address: { ...right, uri: `${right.uri}/missing` }, codes: ['not_found'], says: /missing/ };
}

function openSshTarget(id: string, title: string, account: 'rw' | 'sftpOnly'): StorageTarget {
  return {
    id, title, needs: ['openssh'], ...(account === 'rw' && { short: true }),
    async start() {
      const server = await startOpenSsh();
      const folder = await server.makeFolder(server[account], 'archive');
      const places = await makeServerPlaces(folder);
      const [key] = server.hostKeys;
      const { address, remote } = await ways(server[account], folder, server.port, key?.fingerprint ?? '');
      return {
        version: server.version, port: server.port, address,
        refusals: (port) => [
          { failure: 'certificate', what: 'an unknown host key (SSH has no certificate with a name)', address: address(port, {}), codes: ['untrusted_server'] },
          { failure: 'certificate', what: 'another host key than the trusted one', address: address(port, { hostKey: `SHA256:${'A'.repeat(43)}` }), codes: ['untrusted_server'] },
          missing(address(port)),
        ],
        refusedUploads: (port) => [
          ...places.uploads((name) => ({ ...address(port), uri: `${address(port).uri}/${name}` })),
          readOnlyLocation(address(port), () => filesBelow(folder)),
          ...(account === 'rw' ? [{ failure: 'read only', what: 'an account that may only read', address: { ...address(port), uri: address(port).uri.replace(server.rw.name, server.ro.name), secrets: { '': server.ro.password } }, codes: ['permission_denied'], says: /film\.mov/, stored: () => filesBelow(folder) } as const] : []),
        ],
        notHere: NOT_HERE,
        rclone: () => remote,
        stop: async () => {
          await places.stop();
          await server.stop();
        },
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
      const outside = join(server.home, 'archive');
      const places = await makeServerPlaces(outside);
      return {
        version: server.version, port: server.port, address,
        refusals: (port) => [{ failure: 'certificate', what: 'an unknown host key (SSH has no certificate with a name)', address: address(port, {}), codes: ['untrusted_server'] }, missing(address(port))],
        refusedUploads: (port) => [
          ...places.uploads((name) => ({ ...address(port), uri: `${address(port).uri}/${name}` })),
          readOnlyLocation(address(port), () => filesBelow(outside)),
          { failure: 'read only', what: 'an account that may only read', address: { ...address(port), uri: address(port).uri.replace(`//${server.user}@`, `//${server.readOnlyUser}@`) }, codes: ['permission_denied'], says: /film\.mov/, stored: () => filesBelow(outside) },
        ],
        notHere: NOT_HERE,
        rclone: () => remote,
        stop: async () => {
          await places.stop();
          await server.stop();
        },
      };
    },
  },
];
