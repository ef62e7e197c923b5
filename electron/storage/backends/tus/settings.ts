import type { ConfigField, LocationOptions } from '../../../../shared/storage/location.ts';
import { NETWORK_FIELDS, type NetworkOptions, invalidField, parseNetworkOptions, requireKnownOptions } from '../../network/network-options.ts';

const MIB = 1024 * 1024;
const DEFAULT_PART = 8;
const MAX_PART = 64;

export const TUS_FIELDS: readonly ConfigField[] = [
  { key: 'partSize', label: 'Part size in MiB', kind: 'number', required: false, advanced: true, default: DEFAULT_PART, help: `Files go in requests of this size, from 0.1 to ${MAX_PART}. Take a smaller one when a server or proxy in front of it refuses large requests (413).` },
  ...NETWORK_FIELDS,
];

/** The location's options, checked. */
export interface TusOptions extends NetworkOptions {
  /** bytes of one request */
  readonly part: number;
}

/** @throws StorageError invalid_config that names the field */
export function parseOptions(options: LocationOptions): TusOptions {
  requireKnownOptions('tus', options, TUS_FIELDS);
  const { partSize = DEFAULT_PART } = options;
  if (typeof partSize !== 'number' || !(partSize >= 0.1 && partSize <= MAX_PART)) throw invalidField('partSize', `${JSON.stringify(partSize)} is not a number of MiB from 0.1 to ${MAX_PART}`);
  return { ...parseNetworkOptions(options), part: Math.round(partSize * MIB) };
}

/** RFC 6750 section 2.1 allows fewer characters; servers are laxer, but a header cannot carry more than these. */
export function parseToken(secret: string | null): string | null {
  const token = secret?.trim() ?? '';
  if (/[^\u0021-\u007e]/.test(token)) throw invalidField('secret', 'the access token holds spaces, line ends or other characters that no header can carry');
  return token === '' ? null : token;
}
