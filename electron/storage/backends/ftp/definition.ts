import type { BackendDefinition, ConnectConfig } from '../../backend-definition.ts';
import { createTrust } from '../../network/trust.ts';
import { FtpClient } from './client.ts';
import { FtpLocation } from './location.ts';
import { type Findings, probeServer } from './probe.ts';
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
    const asked = parseSettings(config.uri, config.options, config.secret);
    const settings = { ...asked, connections: Math.min(asked.connections, config.connections ?? Infinity) };
    const client = await FtpClient.connect(settings, settings.security === 'none' ? null : await createTrust(settings), signal);
    try {
      return new FtpLocation(client, await findingsOf(client, config, settings.readOnly, signal), config);
    } catch (error) {
      client.close();
      throw error;
    }
  },
};

async function findingsOf(client: FtpClient, config: ConnectConfig, readOnly: boolean, signal: AbortSignal | undefined): Promise<Findings> {
  if (config.findings === undefined) return probeServer(client, { readOnly, signal });
  const findings = config.findings as Findings;
  client.ranges = findings.ranges;
  return findings;
}
