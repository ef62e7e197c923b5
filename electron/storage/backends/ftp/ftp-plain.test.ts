import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { startProftpd } from '../../../../e2e/servers/real/proftpd.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { ftpHarness } from './ftp-harness.ts';

describeServer('proftpd', () => {
  const server = useServer(() => startProftpd({ certificate: null }));
  describeBackend('ftp in clear text', ftpHarness(server, () => ({ security: 'none' })));
});
