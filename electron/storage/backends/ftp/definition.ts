import type { BackendDefinition } from '../../backend-definition.ts';
import { createTrust } from '../../network/trust.ts';
import { FtpClient } from './client.ts';
import { FtpLocation } from './location.ts';
import { probeServer } from './probe.ts';
import { FTP_FIELDS, parseSettings } from './settings.ts';

/** FTP (RFC 959) with the extensions of RFC 3659, over TLS (RFC 4217) or in clear text. */
export const ftpBackend: BackendDefinition = {
  name: 'ftp',
  title: 'FTP / FTPS',
  description: 'A file server that speaks FTP, best over TLS.',
  uriLabel: 'Address',
  uriPlaceholder: 'ftp://user@ftp.example.org/folder',
  uriIsFolder: false,
  secretLabel: 'Password',
  fields: FTP_FIELDS,
  async connect(config, { signal } = {}) {
    const settings = parseSettings(config.uri, config.options, config.secret);
    const client = await FtpClient.connect(settings, settings.security === 'none' ? null : await createTrust(settings), signal);
    try {
      return new FtpLocation(client, await probeServer(client, { readOnly: settings.readOnly, signal }), config);
    } catch (error) {
      client.close();
      throw error;
    }
  },
};
