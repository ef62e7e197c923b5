import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { startTus } from '../../../../e2e/servers/real/tus.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { tusHarness } from './tus-fixture.ts';

describeServer('tus', () => {
  describeBackend('tus', tusHarness(startTus));
});
