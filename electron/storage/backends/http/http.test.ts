import type { HttpServerOptions } from '../../../../e2e/servers/http-options.ts';
import { HttpServer } from '../../../../e2e/servers/http-server.ts';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import { describeBackend, type ConformanceHarness } from '../../testing/conformance.ts';
import { httpBackend } from './definition.ts';

/** A server of its own for each case. */
function harness(options: Partial<HttpServerOptions>): ConformanceHarness {
  let server: HttpServer | null = null;
  return {
    async open({ sizeLimit = null, proof = DEFAULT_PROOF_POLICY } = {}) {
      await server?.stop();
      server = await HttpServer.start(options);
      return httpBackend.connect({ uri: server.url(), options: {}, secret: options.token ?? null, proof, sizeLimit });
    },
    residue: async () => (await server?.residue()) ?? [],
    corrupt: async (path, at) => server?.store.corrupt(path, at),
    stall: async () => server?.pause() ?? (() => undefined),
    close: async () => server?.stop(),
  };
}

describeBackend('http', harness({ token: 'open-sesame' }));

describeBackend('http with a server that can only store, give and delete', harness({ digests: [], listing: false, ranges: false, head: false, noOverwrite: false, update: 'replace', allocate: false }));
