import type { BackendDefinition } from '../../backend-definition.ts';
import { HttpClient, bearer } from '../../http/http-client.ts';
import { HttpLocation } from './location.ts';
import { type Findings, probeServer } from './probe.ts';
import { HTTP_FIELDS, parseOptions, parseToken } from './settings.ts';
import { proxyFor } from '../../network/network-options.ts';
import { createTrust } from '../../network/trust.ts';
import { parseRoot } from '../../http/uri.ts';

/** Plain HTTP storage: see {@link HttpBackend} for the protocol. */
export const httpBackend: BackendDefinition = {
  name: 'http',
  title: 'HTTP server',
  description: 'A server that takes files by PUT and gives them by GET; it may also answer checksums and list folders.',
  uriLabel: 'Address',
  uriPlaceholder: 'https://files.example.org/archive/',
  uriIsFolder: false,
  secretLabel: 'Access token',
  fields: HTTP_FIELDS,
  async connect(config, { signal } = {}) {
    const root = parseRoot(config.uri);
    const options = parseOptions(config.options);
    const { readOnly, silence } = options;
    const token = parseToken(config.secret);
    const trust = root.startsWith('https:') ? await createTrust(options) : null;
    const proxy = await proxyFor(root, options, config.network);
    const client = new HttpClient({ root, authorization: token === null ? null : bearer(token), trust, proxy, silence });
    try {
      const findings = (config.findings as Findings | undefined) ?? (await probeServer(client, root, { readOnly, signal }));
      return new HttpLocation(client, { root, readOnly, token: token !== null }, findings, config);
    } catch (error) {
      await client.close();
      throw error;
    }
  },
};
