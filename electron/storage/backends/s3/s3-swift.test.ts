import { vi } from 'vitest';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { startOpenStackSwift } from '../../../../e2e/servers/real/openstack-swift.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { bucketHarness } from './s3-bucket-fixture.ts';

// Some cases store more than a thousand files, which a server on a busy computer takes minutes for.
vi.setConfig({ testTimeout: 300_000 });

describeServer('swift', () => {
  const swift = useServer(startOpenStackSwift);
  describeBackend('s3 on OpenStack Swift', bucketHarness(() => ({ endpoint: swift().endpoint, user: swift().users.rw }), { folder: 'a folder/of mine/' }));
});
