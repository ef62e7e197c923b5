import { startCeph } from '../../../../e2e/servers/real/ceph.ts';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { describeFolders } from './cases-folders.ts';
import { describeLargeFiles } from './cases-large-files.ts';
import { swiftHarness } from './swift-harness.ts';

describeServer('ceph', () => {
  const server = useServer(startCeph);
  describeBackend('swift of Ceph', swiftHarness({ server: () => server().swift }));
  describeLargeFiles(() => server().swift);
  describeFolders(() => server().swift);
});
