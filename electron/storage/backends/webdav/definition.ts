import type { BackendDefinition } from '../../backend-definition.ts';
import { HttpClient } from '../../http/http-client.ts';
import { proxyFor } from '../../network/network-options.ts';
import { createTrust } from '../../network/trust.ts';
import { authorizationOf } from './authorization.ts';
import { DavClient } from './dav-client.ts';
import { WebdavLocation, type WebdavSettings } from './location.ts';
import type { Findings } from './findings.ts';
import { probeServer } from './probe.ts';
import { WEBDAV_FIELDS, parseDavRoot, parseOptions, travelsInClear } from './settings.ts';

/** WebDAV (RFC 4918), with what ownCloud and Nextcloud add to it. */
export const webdavBackend: BackendDefinition = {
  name: 'webdav',
  title: 'WebDAV',
  description: 'A folder of a WebDAV server: Apache, nginx, ownCloud, Nextcloud and others.',
  uriLabel: 'Address',
  uriPlaceholder: 'https://cloud.example.org/remote.php/dav/files/me/',
  uriIsFolder: false,
  secretLabel: 'Password or access token',
  fields: WEBDAV_FIELDS,
  async connect(config, { signal } = {}) {
    const root = parseDavRoot(config.uri);
    const options = parseOptions(config.options, config.secret);
    const { readOnly, silence, credentials } = options;
    const trust = root.startsWith('https:') ? await createTrust(options) : null;
    const proxy = await proxyFor(root, options, config.network);
    const authorization = authorizationOf(credentials);
    const http = new HttpClient({ root, authorization, trust, proxy, silence });
    const dav = new DavClient(http, root, authorization);
    const settings: WebdavSettings = { readOnly, user: 'user' in credentials ? credentials.user : null, signsIn: authorization !== null, inClear: travelsInClear(root, credentials) };
    try {
      return new WebdavLocation(dav, settings, (config.findings as Findings | undefined) ?? (await probeServer(dav, { ...settings, signal })), config);
    } catch (error) {
      await http.close();
      throw error;
    }
  },
};
