import { startFaultProxy } from '../../../../e2e/servers/fault-proxy.ts';
import { startCeph } from '../../../../e2e/servers/real/ceph.ts';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { describeFaults } from './cases-faults.ts';

describeServer('ceph', () => {
  const server = useServer(startCeph);
  describeFaults(() => server().swift, (target) => startFaultProxy({ target }));
});
