import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { startOpenStackSwift } from '../../../../e2e/servers/real/openstack-swift.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { bucketHarness } from './s3-bucket-fixture.ts';

describeServer('swift', () => {
  const swift = useServer(startOpenStackSwift);
  describeBackend('s3 on OpenStack Swift', bucketHarness(() => ({ endpoint: swift().endpoint, user: swift().users.rw }), { folder: 'a folder/of mine/' }));
});
