import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { withCertificates } from '../../../../e2e/servers/real/ftp-server.ts';
import { startProftpd } from '../../../../e2e/servers/real/proftpd.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { ftpHarness } from './ftp-harness.ts';

describeServer('proftpd', () => {
  const server = useServer(() => withCertificates(({ good }) => startProftpd({ certificate: good })));
  describeBackend('ftp with explicit TLS', ftpHarness(server, () => ({ caFile: server().certificates.caFile })));
});
