import { StorageError } from '../../../../shared/storage/errors.ts';
import type { ConfigField, LocationOptions } from '../../../../shared/storage/location.ts';
import { parseRoot } from '../../http/uri.ts';
import { NETWORK_FIELDS, type NetworkOptions, READ_ONLY_FIELD, invalidField, parseNetworkOptions, requireKnownOptions } from '../../network/network-options.ts';

const SCHEMES = ['automatic', 'basic', 'digest', 'bearer'] as const;

export const WEBDAV_FIELDS: readonly ConfigField[] = [
  { key: 'user', label: 'User name', kind: 'text', namesServer: false, required: false, help: 'Leave it empty for an access token, or where everybody may enter.' },
  {
    key: 'auth',
    label: 'Sign-in',
    kind: 'choice',
    required: false,
    advanced: true,
    default: 'automatic',
    choices: [
      { value: 'automatic', label: 'As the server asks' },
      { value: 'basic', label: 'Password (Basic)' },
      { value: 'digest', label: 'Password, never sent itself (Digest)' },
      { value: 'bearer', label: 'Access token (Bearer)' },
    ],
    help: 'How the server is told who asks. “As the server asks” prefers Digest, and takes the secret for a token when there is no user name.',
  },
  READ_ONLY_FIELD,
  ...NETWORK_FIELDS,
];

/** Who asks, and how the server is told. */
export type Credentials =
  | { readonly scheme: 'anonymous' }
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'automatic' | 'basic' | 'digest'; readonly user: string; readonly password: string };

/** The location's options, checked. */
export interface WebdavOptions extends NetworkOptions {
  readonly credentials: Credentials;
  readonly readOnly: boolean;
}

/** The root in its one spelling; `dav:` and `webdav:` are what file managers write for http. @throws StorageError invalid_config */
export function parseDavRoot(text: string): string {
  return parseRoot(text.trim().replace(/^(?:web)?dav(s?):/i, 'http$1:'));
}

/** @throws StorageError invalid_config that names the field */
export function parseOptions(options: LocationOptions, secret: string | null): WebdavOptions {
  requireKnownOptions('webdav', options, WEBDAV_FIELDS);
  const { readOnly = false, user = '', auth = 'automatic' } = options;
  if (typeof readOnly !== 'boolean') throw invalidField('readOnly', `${JSON.stringify(readOnly)} is neither true nor false`);
  if (typeof user !== 'string') throw invalidField('user', `${JSON.stringify(user)} is no name`);
  const scheme = SCHEMES.find((each) => each === auth);
  if (scheme === undefined) throw invalidField('auth', `${JSON.stringify(auth)} is no way to sign in: expected one of ${SCHEMES.join(', ')}`);
  return { ...parseNetworkOptions(options), readOnly, credentials: credentialsOf(scheme, user.trim(), secret ?? '') };
}

function credentialsOf(scheme: (typeof SCHEMES)[number], user: string, secret: string): Credentials {
  if (/[\p{Cc}]/u.test(user)) throw invalidField('user', 'the user name holds line ends or other control characters');
  if (scheme === 'bearer' || (scheme === 'automatic' && user === '')) {
    const token = secret.trim();
    if (token === '' && scheme === 'automatic') return { scheme: 'anonymous' };
    if (token === '') throw invalidField('secret', 'an access token is needed to sign in with one');
    // RFC 6750 section 2.1 allows fewer characters; servers are laxer, but a header cannot carry more than these.
    if (/[^\u0021-\u007e]/.test(token)) throw invalidField('secret', 'the access token holds spaces, line ends or other characters that no header can carry');
    return { scheme: 'bearer', token };
  }
  if (user === '') throw invalidField('user', `a user name is needed to sign in by ${scheme}`);
  // RFC 7617 section 2 ends the name at the first colon.
  if (scheme !== 'digest' && user.includes(':')) throw invalidField('user', `${JSON.stringify(user)} holds a colon, which Basic cannot carry`);
  return { scheme, user, password: secret };
}

/** Sign-in data that travels in clear text can be read by everybody on the way; on this computer nobody is. */
export function travelsInClear(root: string, { scheme }: Credentials): boolean {
  const { protocol, hostname } = new URL(root);
  return protocol === 'http:' && scheme !== 'anonymous' && scheme !== 'digest' && hostname !== 'localhost' && hostname !== '[::1]' && !/^127\.\d+\.\d+\.\d+$/.test(hostname);
}

export function readOnlyLocation(uri: string): StorageError {
  return new StorageError('permission_denied', `This location is set to read only: nothing is written to ${uri}.`, { context: { uri, reason: 'location_read_only' } });
}
