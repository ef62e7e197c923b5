import { type CertificateFiles, createServerCertificates } from '../../servers/real/certificates.ts';
import type { FtpServer } from '../../servers/real/ftp-server.ts';
import { type Proftpd, startProftpd } from '../../servers/real/proftpd.ts';
import { startPureftpd } from '../../servers/real/pureftpd.ts';
import { run } from '../../servers/real/run.ts';
import { makeServerFolder, removeServerFolder } from '../../servers/real/server-process.ts';
import { startVsftpd } from '../../servers/real/vsftpd.ts';
import type { ServerName } from '../../servers/real/installed.ts';
import type { Address, RunningTarget, StorageTarget } from '../target.ts';
import { filesBelow, makeServerPlaces, readOnlyLocation } from './server-places.ts';

type Security = 'explicit' | 'implicit' | 'none';

function ftpTarget(id: string, title: string, needs: ServerName, security: Security, start: (certificate: CertificateFiles | null) => Promise<FtpServer | Proftpd>): StorageTarget {
  return {
    id, title, needs: [needs], beside: true, ...(id === 'ftps-proftpd' && { short: true }),
    async start(): Promise<RunningTarget> {
      const folder = await makeServerFolder('certificates');
      const certificates = await createServerCertificates(folder);
      const server = await start(security === 'none' ? null : certificates.good);
      const places = await makeServerPlaces(server.home);
      const { stdout: obscured } = await run('rclone', ['obscure', server.password]);
      const trusted = { security, ...(security !== 'none' && { caFile: certificates.caFile }) };
      const address = (port: number, options: Readonly<Record<string, string>> = trusted): Address => ({ backend: 'ftp', uri: `ftp://${server.user}@127.0.0.1:${port}/`, options, secrets: { '': server.password } });
      return {
        version: server.version, port: server.port, address,
        refusals: (port) => [
          { failure: 'missing place', what: 'a folder that is not there', address: { ...address(port), uri: `${address(port).uri}missing/` }, codes: ['not_found'], says: /missing/ },
          ...(security === 'none' ? [] : [{ failure: 'certificate', what: 'a certificate by an unknown authority', address: address(port, { security }), codes: ['untrusted_server'] } as const]),
        ],
        refusedUploads: (port) => [
          ...places.uploads((name) => ({ ...address(port), uri: `${address(port).uri}${name}/` })),
          readOnlyLocation(address(port), () => filesBelow(server.home)),
          ...('readOnlyUser' in server ? [{ failure: 'read only', what: 'an account that may only read', address: { ...address(port), uri: address(port).uri.replace(`//${server.user}@`, `//${server.readOnlyUser}@`) }, codes: ['permission_denied'], says: /film\.mov/, stored: () => filesBelow(server.home) } as const] : []),
        ],
        ...(security === 'none'
          ? { notHere: { certificate: 'plain FTP has no certificates', clock: 'nothing in plain FTP depends on a clock' } }
          : {
              showing: async (certificate, caFile) => {
                const other = await start(certificate);
                return { address: { ...address(other.port, { security, caFile }), secrets: { '': other.password }, uri: `ftp://${other.user}@127.0.0.1:${other.port}/` }, stop: () => other.stop() };
              },
            }),
        rclone: () => ({
          remote: ':ftp:',
          environment: { RCLONE_FTP_HOST: '127.0.0.1', RCLONE_FTP_PORT: String(server.port), RCLONE_FTP_USER: server.user, RCLONE_FTP_PASS: obscured.trim(), ...(security === 'explicit' && { RCLONE_FTP_EXPLICIT_TLS: 'true' }), ...(security === 'implicit' && { RCLONE_FTP_TLS: 'true' }), RCLONE_FTP_NO_CHECK_CERTIFICATE: 'true' },
        }),
        stop: async () => {
          await places.stop();
          await server.stop();
          await removeServerFolder(folder);
        },
      };
    },
  };
}

/** More than the largest file twice, so that the old one can stay until the new one is proven. */
const QUOTA = 10 * 1024 ** 3;

export const FTP_TARGETS: readonly StorageTarget[] = [
  ftpTarget('ftps-proftpd', 'FTPS · ProFTPD, explicit TLS', 'proftpd', 'explicit', (certificate) => startProftpd({ certificate })),
  ftpTarget('ftps-proftpd-implicit', 'FTPS · ProFTPD, implicit TLS', 'proftpd', 'implicit', (certificate) => startProftpd({ certificate, implicit: true })),
  ftpTarget('ftp-proftpd', 'FTP · ProFTPD', 'proftpd', 'none', (certificate) => startProftpd({ certificate })),
  ftpTarget('ftps-vsftpd', 'FTPS · vsftpd', 'vsftpd', 'explicit', (certificate) => startVsftpd({ certificate })),
  ftpTarget('ftps-pureftpd', 'FTPS · Pure-FTPd', 'pureftpd', 'explicit', (certificate) => startPureftpd({ certificate, quota: QUOTA })),
];
