import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { startVsftpd } from '../../../../e2e/servers/real/vsftpd.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { ftpHarness } from './ftp-harness.ts';

describeServer('vsftpd', () => {
  const server = useServer(() => startVsftpd({ certificate: null }));
  describeBackend('ftp without MLSD and digests', ftpHarness(server, () => ({ security: 'none' })));
});
