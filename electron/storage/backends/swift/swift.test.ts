import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { startOpenStackSwift } from '../../../../e2e/servers/real/openstack-swift.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { describeFolders } from './cases-folders.ts';
import { describeLargeFiles } from './cases-large-files.ts';
import { swiftHarness } from './swift-harness.ts';

describeServer('swift', () => {
  const server = useServer(startOpenStackSwift);
  describeBackend('swift', swiftHarness({ server: () => server().swift.rw }));
  describeLargeFiles(() => server().swift.rw);
  describeFolders(() => server().swift.rw);
});
