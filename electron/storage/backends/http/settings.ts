import type { ConfigField, LocationOptions } from '../../../../shared/storage/location.ts';
import { NETWORK_FIELDS, type NetworkOptions, READ_ONLY_FIELD, invalidField, parseNetworkOptions, requireKnownOptions } from '../../network/network-options.ts';

export interface HttpSettings {
  readonly root: string;
  readonly readOnly: boolean;
  /** the token goes with every request */
  readonly token: boolean;
}

export const HTTP_FIELDS: readonly ConfigField[] = [READ_ONLY_FIELD, ...NETWORK_FIELDS];

/** The location's options, checked. */
export interface HttpOptions extends NetworkOptions {
  readonly readOnly: boolean;
}

/** @throws StorageError invalid_config that names the field */
export function parseOptions(options: LocationOptions): HttpOptions {
  requireKnownOptions('http', options, HTTP_FIELDS);
  const { readOnly = false } = options;
  if (typeof readOnly !== 'boolean') throw invalidField('readOnly', `${JSON.stringify(readOnly)} is neither true nor false`);
  return { ...parseNetworkOptions(options), readOnly };
}

/** RFC 6750 section 2.1 allows fewer characters; servers are laxer, but a header cannot carry more than these. */
export function parseToken(secret: string | null): string | null {
  const token = secret?.trim() ?? '';
  if (/[^\u0021-\u007e]/.test(token)) throw invalidField('secret', 'the access token holds spaces, line ends or other characters that no header can carry');
  return token === '' ? null : token;
}
