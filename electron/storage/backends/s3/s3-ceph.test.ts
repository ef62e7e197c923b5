import { startCeph } from '../../../../e2e/servers/real/ceph.ts';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { bucketHarness } from './s3-bucket-fixture.ts';

describeServer('ceph', () => {
  const ceph = useServer(startCeph);
  describeBackend('s3 on Ceph', bucketHarness(() => ({ endpoint: ceph().endpoint, user: ceph().users.rw })));
});
