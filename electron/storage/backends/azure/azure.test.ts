import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { type RunningAzurite, startAzurite } from '../../../../e2e/servers/real/azurite.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { azuriteHarness } from './azure-fixture.ts';

describeServer('azurite', () => {
  let running: Promise<RunningAzurite> | null = null;
  describeBackend('azure', azuriteHarness(() => (running ??= startAzurite())));
});
