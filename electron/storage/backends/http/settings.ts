import { StorageError } from '../../../../shared/storage/errors.ts';
import type { ConfigField, LocationOptions } from '../../../../shared/storage/location.ts';

export interface HttpSettings {
  readonly root: string;
  readonly readOnly: boolean;
  /** the token goes with every request */
  readonly token: boolean;
}

const DEFAULT_SILENCE_SECONDS = 30;

export const HTTP_FIELDS: readonly ConfigField[] = [
  { key: 'caFile', label: 'Certificate authority', kind: 'path', required: false, help: 'A PEM file with the authority that signed the server’s certificate, when your system does not know it.' },
  { key: 'readOnly', label: 'Read only', kind: 'boolean', required: false, default: false, help: 'Never write to this server, not even a small file to find out what it can do.' },
  { key: 'timeout', label: 'Time limit in seconds', kind: 'number', required: false, default: DEFAULT_SILENCE_SECONDS, help: 'How long the server may stay silent before a request is given up.' },
];

/** The location's options, checked. */
export interface HttpOptions {
  readonly caFile: string | null;
  readonly readOnly: boolean;
  /** milliseconds */
  readonly silence: number;
}

/** @throws StorageError invalid_config that names the field */
export function parseOptions(options: LocationOptions): HttpOptions {
  const { caFile = '', readOnly = false, timeout = DEFAULT_SILENCE_SECONDS, ...unknown } = options;
  for (const key of Object.keys(unknown)) throw invalid(key, `the backend "http" has no such option. Known: ${HTTP_FIELDS.map((field) => field.key).join(', ')}`);
  if (typeof caFile !== 'string') throw invalid('caFile', `${JSON.stringify(caFile)} is not the path of a file`);
  if (typeof readOnly !== 'boolean') throw invalid('readOnly', `${JSON.stringify(readOnly)} is neither true nor false`);
  if (typeof timeout !== 'number' || !(timeout >= 0.1 && timeout <= 3600)) throw invalid('timeout', `${JSON.stringify(timeout)} is not a number of seconds from 0.1 to 3600`);
  return { caFile: caFile === '' ? null : caFile, readOnly, silence: Math.round(timeout * 1000) };
}

/** RFC 6750 section 2.1 allows fewer characters; servers are laxer, but a header cannot carry more than these. */
export function parseToken(secret: string | null): string | null {
  const token = secret?.trim() ?? '';
  if (/[^\u0021-\u007e]/.test(token)) throw invalid('secret', 'the access token holds spaces, line ends or other characters that no header can carry');
  return token === '' ? null : token;
}

function invalid(field: string, problem: string): StorageError {
  return new StorageError('invalid_config', `${field}: ${problem}.`, { context: { field } });
}
