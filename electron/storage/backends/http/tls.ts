import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import tls, { type SecureContext } from 'node:tls';
import { StorageError } from '../../../../shared/storage/errors.ts';

/** Where Linux distributions keep the system's authorities, for runtimes that cannot be asked for them. */
const LINUX_BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/ca-bundle.pem', '/etc/ssl/cert.pem'];

/** Node 22.15 and later. */
type AskableTls = typeof tls & { readonly getCACertificates?: (type: 'system' | 'extra') => readonly string[] };

/**
 * Trusts the runtime's own authorities, the system's, those of NODE_EXTRA_CA_CERTS and those in `caFile` (PEM).
 * @throws StorageError invalid_config when `caFile` cannot be read or holds no certificate
 */
export async function createTrust(caFile: string | null): Promise<SecureContext> {
  const ca = [...tls.rootCertificates, ...(await systemAuthorities()), ...(await extraAuthorities()), ...(caFile === null ? [] : await readAuthorities(caFile))];
  return tls.createSecureContext({ ca });
}

async function systemAuthorities(): Promise<readonly string[]> {
  const { getCACertificates } = tls as AskableTls;
  if (getCACertificates !== undefined) return getCACertificates('system');
  if (process.platform !== 'linux') return [];
  for (const path of LINUX_BUNDLES) {
    const found = certificatesIn(await readOptional(path));
    if (found.length > 0) return found;
  }
  return [];
}

/** Naming authorities replaces the runtime's list, and with it what NODE_EXTRA_CA_CERTS had added. */
async function extraAuthorities(): Promise<readonly string[]> {
  const path = process.env['NODE_EXTRA_CA_CERTS'];
  return path === undefined || path === '' ? [] : certificatesIn(await readOptional(path));
}

async function readAuthorities(caFile: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(caFile, 'utf8');
  } catch (error) {
    throw new StorageError('invalid_config', `The certificate authority file ${JSON.stringify(caFile)} cannot be read: ${error instanceof Error ? error.message : String(error)}.`, { cause: error, context: { field: 'caFile' } });
  }
  const found = certificatesIn(text);
  if (found.length === 0) throw new StorageError('invalid_config', `The file ${JSON.stringify(caFile)} holds no certificate: expected PEM text with "-----BEGIN CERTIFICATE-----".`, { context: { field: 'caFile' } });
  try {
    for (const pem of found) new X509Certificate(pem);
  } catch (error) {
    throw new StorageError('invalid_config', `The file ${JSON.stringify(caFile)} holds a certificate that cannot be read.`, { cause: error, context: { field: 'caFile' } });
  }
  return found;
}

/** An absent bundle is normal on other distributions; the runtime's own authorities are trusted anyway. */
async function readOptional(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

function certificatesIn(text: string): readonly string[] {
  return text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
}
