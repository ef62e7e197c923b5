import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import type { BackendDefinition } from '../../backend-definition.ts';
import { ByteBudget } from '../../byte-budget.ts';
import { HttpClient, bearer } from '../../http/http-client.ts';
import { parseRoot } from '../../http/uri.ts';
import { proxyFor } from '../../network/network-options.ts';
import { createTrust } from '../../network/trust.ts';
import { TusLocation } from './location.ts';
import { type Findings, probeServer } from './probe.ts';
import { TUS_FIELDS, parseOptions, parseToken } from './settings.ts';
import { TusClient } from './tus-client.ts';

/** What all uploads of a location hold in memory together, in bytes. */
const BUDGET = 64 * 1024 * 1024;

/**
 * Upload service by tus 1.0.0. A client of our own: tus-js-client opens connections of its own, past the proxy, the pinned certificate and
 * the time limits of the location, and knows neither the checksum extension nor the size of what the server has at the end.
 */
export const tusBackend: BackendDefinition = {
  name: 'tus',
  title: 'tus upload server',
  description: 'A service that takes uploads and goes on with those that were cut. It cannot be browsed.',
  uriLabel: 'Address',
  uriPlaceholder: 'https://uploads.example.org/files/',
  uriIsFolder: false,
  secretLabel: 'Access token',
  fields: TUS_FIELDS,
  async connect(config, { signal } = {}) {
    const root = parseRoot(config.uri);
    // It is no folder: some servers know it without the slash only.
    const endpoint = config.uri.trim().endsWith('/') ? root : root.slice(0, -1);
    const options = parseOptions(config.options);
    const token = parseToken(config.secret);
    const trust = endpoint.startsWith('https:') ? await createTrust(options) : null;
    const proxy = await proxyFor(endpoint, options, config.network);
    const client = new TusClient(new HttpClient({ root: endpoint, authorization: token === null ? null : bearer(token), trust, proxy, silence: options.silence }), endpoint);
    try {
      const findings = (config.findings as Findings | undefined) ?? (await probeServer(client, signal));
      const { proof, sizeLimit } = config;
      return new TusLocation({ client, findings, capabilities: capabilitiesOf(findings), part: options.part, budget: new ByteBudget(BUDGET), proof, sizeLimit }, token !== null);
    } catch (error) {
      await client.close();
      throw error;
    }
  },
};

function capabilitiesOf({ terminates, maximumSize }: Findings): Capabilities {
  return {
    read: false,
    list: false,
    makeDirectory: false,
    move: false,
    delete: terminates,
    rangeRead: false,
    initialize: false,
    update: false,
    noOverwrite: false,
    atomicPublish: false,
    preserveModified: false,
    resume: true,
    versions: false,
    link: false,
    serverDigest: [],
    maximumSize,
  };
}
