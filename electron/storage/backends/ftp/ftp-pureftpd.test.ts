import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { withCertificates } from '../../../../e2e/servers/real/ftp-server.ts';
import { startPureftpd } from '../../../../e2e/servers/real/pureftpd.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { ftpHarness } from './ftp-harness.ts';

describeServer('pureftpd', () => {
  const server = useServer(() => withCertificates(({ good }) => startPureftpd({ certificate: good, quota: 16 * 1024 ** 3 })));
  // What the tests remove behind its back still counts, hence the large quota.
  describeBackend('ftp with a quota', ftpHarness(server, () => ({ caFile: server().certificates.caFile }), { refusedNames: ['new\nline.txt', 'back\\slash.txt', 'trailing space '] }));
});
