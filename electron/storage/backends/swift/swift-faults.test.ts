import { startFaultProxy } from '../../../../e2e/servers/fault-proxy.ts';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { startOpenStackSwift } from '../../../../e2e/servers/real/openstack-swift.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { describeFaults } from './cases-faults.ts';

describeServer('swift', () => {
  const server = useServer(startOpenStackSwift);
  describeFaults(() => server().swift.rw, (target) => startFaultProxy({ target }));
});
