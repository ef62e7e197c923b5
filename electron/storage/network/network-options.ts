import { StorageError } from '../../../shared/storage/errors.ts';
import type { ConfigField, LocationOptions } from '../../../shared/storage/location.ts';
import { type Network, type ProxyAddress, parseProxy } from './proxy.ts';

const DEFAULT_SILENCE_SECONDS = 30;

export const PROXY_FIELD: ConfigField = { key: 'proxy', label: 'Proxy', kind: 'text', required: false, advanced: true, default: 'system', placeholder: 'system', help: '“system” takes the settings of this computer, “none” connects directly, or give an address like http://proxy.example.org:3128 or socks5://127.0.0.1:1080.' };
export const TIMEOUT_FIELD: ConfigField = { key: 'timeout', label: 'Time limit in seconds', kind: 'number', required: false, advanced: true, default: DEFAULT_SILENCE_SECONDS, help: 'How long the server may stay silent before a request is given up.' };
export const READ_ONLY_FIELD: ConfigField = { key: 'readOnly', label: 'Read only', kind: 'boolean', required: false, default: false, help: 'Never write to this server, not even a small file to find out what it can do.' };
export const CERTIFICATE_FIELDS: readonly ConfigField[] = [
  { key: 'caFile', label: 'Certificate authority', kind: 'path', required: false, advanced: true, help: 'A PEM file with the authority that signed the server’s certificate, when your system does not know it.' },
  { key: 'certificate', label: 'Trusted certificate', kind: 'text', required: false, advanced: true, namesServer: false, placeholder: 'AB:CD:…', help: 'SHA-256 fingerprint of the one certificate that is accepted, whoever signed it. Filled in when you trust a server; empty it to let the authorities decide.' },
];
/** What every backend offers that speaks over TLS or plain TCP to one server. */
export const NETWORK_FIELDS: readonly ConfigField[] = [...CERTIFICATE_FIELDS, PROXY_FIELD, TIMEOUT_FIELD];

export interface NetworkOptions {
  readonly caFile: string | null;
  readonly pin: string | null;
  /** `system`: ask {@link Network} */
  readonly proxy: 'system' | ProxyAddress | null;
  /** how long a server may stay silent, in milliseconds */
  readonly silence: number;
}

/** Reads the options of {@link NETWORK_FIELDS}; others are none of its business. @throws StorageError invalid_config that names the field */
export function parseNetworkOptions({ caFile = '', certificate = '', proxy = 'system', timeout = DEFAULT_SILENCE_SECONDS }: LocationOptions): NetworkOptions {
  if (typeof caFile !== 'string') throw invalidField('caFile', `${JSON.stringify(caFile)} is not the path of a file`);
  if (typeof certificate !== 'string') throw invalidField('certificate', `${JSON.stringify(certificate)} is no fingerprint`);
  if (typeof proxy !== 'string') throw invalidField('proxy', `${JSON.stringify(proxy)} is no address`);
  if (typeof timeout !== 'number' || !(timeout >= 0.1 && timeout <= 3600)) throw invalidField('timeout', `${JSON.stringify(timeout)} is not a number of seconds from 0.1 to 3600`);
  return {
    caFile: caFile.trim() === '' ? null : caFile.trim(),
    pin: certificate.trim() === '' ? null : certificate,
    proxy: proxy.trim() === 'system' || proxy.trim() === '' ? 'system' : parseProxy(proxy),
    silence: Math.round(timeout * 1000),
  };
}

/** The proxy for one address: the location's own, or the system's. */
export async function proxyFor(url: string, { proxy }: Pick<NetworkOptions, 'proxy'>, network: Network | undefined): Promise<ProxyAddress | null> {
  return proxy === 'system' ? ((await network?.proxyFor(url)) ?? null) : proxy;
}

export function invalidField(field: string, problem: string): StorageError {
  return new StorageError('invalid_config', `${field}: ${problem}.`, { context: { field } });
}

/** Refuses options that the backend does not have. @throws StorageError invalid_config that lists the known ones */
export function requireKnownOptions(backend: string, options: LocationOptions, fields: readonly ConfigField[]): void {
  const known = new Set(fields.map(({ key }) => key));
  for (const key of Object.keys(options)) {
    if (!known.has(key)) throw invalidField(key, `the backend ${JSON.stringify(backend)} has no such option. Known: ${[...known].join(', ')}`);
  }
}
