import { OcFixture, type OcFixtureOptions } from '../../../../e2e/servers/oc-fixture.ts';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import { describeBackend, type ConformanceHarness } from '../../testing/conformance.ts';
import { connectTo } from './webdav-fixture.ts';

/** A fixture of its own for each case. */
function harness(options: Partial<OcFixtureOptions>): ConformanceHarness {
  let server: OcFixture | null = null;
  return {
    async open({ sizeLimit = null, proof = DEFAULT_PROOF_POLICY } = {}) {
      await server?.stop();
      server = await OcFixture.start(options);
      return connectTo(server, { proof, sizeLimit, options: { timeout: 30 } });
    },
    residue: async () => (await server?.residue()) ?? [],
    corrupt: async (path, at) => server?.corrupt(path, at),
    stall: async () => server?.pause() ?? (() => undefined),
    close: async () => server?.stop(),
  };
}

describeBackend('webdav with a fixture of ownCloud', harness({ product: 'ownCloud', entrance: 'old' }));

describeBackend('webdav with a fixture of Nextcloud', harness({ product: 'Nextcloud' }));

describeBackend('webdav with a fixture of a server that computes Repr-Digest', harness({ product: 'plain', reprDigest: 'computed', partialPut: true, timeByProperty: true }));

describeBackend('webdav with a fixture of a server that compares Repr-Digest, and replaces files in spite of Overwrite: F', harness({ product: 'plain', reprDigest: 'compared', heedsOverwrite: false }));
