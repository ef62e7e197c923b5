import { expect, test } from 'vitest';
import { startFaultProxy } from '../../../../e2e/servers/fault-proxy.ts';
import { startCeph } from '../../../../e2e/servers/real/ceph.ts';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { trustOfferOf } from '../../../../shared/storage/trust-offer.ts';
import { MIB, contents, pattern, rejectsWith, sameBytes, store } from '../../testing/subject.ts';
import { describeFaults } from './cases-faults.ts';
import { SwiftOwner, connectSwift } from './swift-harness.ts';

describeServer('ceph', () => {
  const server = useServer(startCeph);
  describeFaults(() => server().swift, (target) => startFaultProxy({ target }));

  test('over https: an unknown authority is refused with an offer; that certificate or that authority is trusted, another one blocks', async () => {
    const { swift, httpsEndpoint, caFile } = server();
    const user = { ...swift, authUrl: `${httpsEndpoint}/auth/v1.0` };
    await (await SwiftOwner.signIn(swift)).make('secure');
    const offer = trustOfferOf(await rejectsWith(() => connectSwift(user, 'secure'), 'untrusted_server'));
    expect(offer).toMatchObject({ trust: 'unknown', trustOption: 'certificate' });
    for (const options of [{ certificate: offer?.trustValue ?? '' }, { caFile }]) {
      const location = await connectSwift(user, 'secure', options);
      await store(location, 'file.bin', pattern(20 * MIB));
      sameBytes(await contents(location, 'file.bin'), pattern(20 * MIB), 'stored');
      await location.close();
    }
    expect(trustOfferOf(await rejectsWith(() => connectSwift(user, 'secure', { certificate: 'AB'.repeat(32) }), 'untrusted_server'))).toMatchObject({ trust: 'changed' });
  });
});
