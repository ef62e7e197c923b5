import { vi } from 'vitest';
import { startCeph } from '../../../../e2e/servers/real/ceph.ts';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { bucketHarness } from './s3-bucket-fixture.ts';

// Some cases store more than a thousand files, which a server on a busy computer takes minutes for.
vi.setConfig({ testTimeout: 300_000 });

describeServer('ceph', () => {
  const ceph = useServer(startCeph);
  describeBackend('s3 on Ceph', bucketHarness(() => ({ endpoint: ceph().endpoint, user: ceph().users.rw })));
});
