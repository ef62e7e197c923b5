import { StorageError } from '../../../../shared/storage/errors.ts';
import type { ConfigField, LocationOptions } from '../../../../shared/storage/location.ts';
import { type LocationPath, parseLocationPath } from '../../../../shared/storage/path.ts';
import { parseRoot } from '../../http/uri.ts';
import { NETWORK_FIELDS, type NetworkOptions, READ_ONLY_FIELD, invalidField, parseNetworkOptions, requireKnownOptions } from '../../network/network-options.ts';
import { hasHalfCharacter } from './names.ts';

const V3_ONLY = { key: 'authVersion', is: ['automatic', 'v3'] } as const;
const MAX_CONTAINER_BYTES = 256;

export const SWIFT_FIELDS: readonly ConfigField[] = [
  { key: 'container', label: 'Container', kind: 'text', namesServer: false, required: true, placeholder: 'archive', help: 'The container that holds the files. It must exist.' },
  { key: 'prefix', label: 'Folder in the container', kind: 'text', namesServer: false, required: false, placeholder: 'projects/2026', help: 'Only what lies below this folder is shown; empty for the whole container.' },
  { key: 'user', label: 'User', kind: 'text', namesServer: false, required: false, placeholder: 'account:user', help: 'For version 1 usually “account:user”. Not needed with an application credential.' },
  {
    key: 'authVersion', label: 'Sign-in', kind: 'choice', required: false, default: 'automatic', help: 'How the server lets you in; “automatic” tells it by the address.',
    choices: [{ value: 'automatic', label: 'Automatic' }, { value: 'v1', label: 'Version 1 (TempAuth, Ceph)' }, { value: 'v3', label: 'Version 3 (Keystone)' }],
  },
  { key: 'project', label: 'Project', kind: 'text', namesServer: false, required: false, showIf: V3_ONLY, help: 'Name of the project (tenant) that owns the container; Keystone only.' },
  { key: 'userDomain', label: 'Domain of the user', kind: 'text', namesServer: false, required: false, default: 'Default', showIf: V3_ONLY, advanced: true, help: 'Keystone only.' },
  { key: 'projectDomain', label: 'Domain of the project', kind: 'text', namesServer: false, required: false, default: 'Default', showIf: V3_ONLY, advanced: true, help: 'Keystone only.' },
  { key: 'applicationCredential', label: 'Application credential', kind: 'text', namesServer: false, required: false, showIf: V3_ONLY, advanced: true, help: 'Its ID, when you sign in with one instead of a user; the secret then is that of the credential. Keystone only.' },
  { key: 'region', label: 'Region', kind: 'text', namesServer: false, required: false, showIf: V3_ONLY, help: 'Needed only where the project has storage in several regions; Keystone only.' },
  { key: 'storageUrl', label: 'Storage address', kind: 'text', required: false, advanced: true, placeholder: 'https://storage.example.org/v1/AUTH_account', help: 'Only where the one that the sign-in names cannot be reached from here.' },
  READ_ONLY_FIELD,
  ...NETWORK_FIELDS,
];

/** How to ask for a token. Version 1: `X-Auth-User`; version 3: https://docs.openstack.org/api-ref/identity/v3/#password-authentication-with-scoped-authorization */
export type Credentials =
  | { readonly version: 'v1'; readonly url: string; readonly user: string; readonly key: string }
  | { readonly version: 'v3'; readonly url: string; readonly identity: Identity; readonly region: string | null };

export type Identity =
  | { readonly kind: 'password'; readonly user: string; readonly userDomain: string; readonly password: string; readonly project: string | null; readonly projectDomain: string }
  | { readonly kind: 'application credential'; readonly id: string; readonly secret: string };

export interface SwiftOptions extends NetworkOptions {
  readonly credentials: Credentials;
  readonly container: string;
  /** folder inside the container */
  readonly prefix: LocationPath;
  /** overrides the one that the sign-in names; no slash at the end */
  readonly storageUrl: string | null;
  readonly readOnly: boolean;
}

/** @throws StorageError invalid_config that names the field */
export function parseOptions(uri: string, options: LocationOptions, secret: string | null): SwiftOptions {
  requireKnownOptions('swift', options, SWIFT_FIELDS);
  const { readOnly = false } = options;
  if (typeof readOnly !== 'boolean') throw invalidField('readOnly', `${JSON.stringify(readOnly)} is neither true nor false`);
  const storageUrl = text(options, 'storageUrl');
  return {
    ...parseNetworkOptions(options),
    credentials: parseCredentials(uri, options, secret),
    container: parseContainer(text(options, 'container')),
    prefix: parsePrefix(text(options, 'prefix')),
    storageUrl: storageUrl === '' ? null : parseStorageUrl(storageUrl),
    readOnly,
  };
}

function parseCredentials(uri: string, options: LocationOptions, secret: string | null): Credentials {
  const url = parseRoot(uri).replace(/\/+$/, '');
  const key = secret ?? '';
  const project = text(options, 'project');
  const credential = text(options, 'applicationCredential');
  const user = text(options, 'user');
  if (key === '') throw invalidField('secret', 'the key or password is missing');
  if (/\p{Cc}/u.test(key + user)) throw invalidField('secret', 'user or key hold line ends or other control characters, which no request can carry');
  const version = versionOf(text(options, 'authVersion') || 'automatic', url, project !== '' || credential !== '');
  if (version === 'v1') {
    if (user === '') throw invalidField('user', 'the user is missing: expected something like "account:user"');
    return { version, url: /^https?:\/\/[^/]+$/.test(url) ? `${url}/auth/v1.0` : url, user, key };
  }
  if (credential === '' && user === '') throw invalidField('user', 'name a user, or an application credential');
  const region = text(options, 'region');
  return {
    version,
    url: url.endsWith('/v3') ? url : `${url}/v3`,
    region: region === '' ? null : region,
    identity:
      credential === ''
        ? { kind: 'password', user, userDomain: text(options, 'userDomain') || 'Default', password: key, project: project === '' ? null : project, projectDomain: text(options, 'projectDomain') || 'Default' }
        : { kind: 'application credential', id: credential, secret: key },
  };
}

function versionOf(choice: string, url: string, keystone: boolean): 'v1' | 'v3' {
  if (choice === 'v1' || choice === 'v3') return choice;
  if (choice !== 'automatic') throw invalidField('authVersion', `${JSON.stringify(choice)} is none of "automatic", "v1" and "v3"`);
  const { pathname } = new URL(url);
  if (/\/v3$/.test(pathname)) return 'v3';
  if (/\/v2(\.0)?$/.test(pathname)) throw invalidField('uri', `${JSON.stringify(url)} is the sign-in of Keystone's version 2, which servers no longer have: expected an address that ends with /v3 or /auth/v1.0`);
  return /\/(auth|v1(\.0)?)$/.test(pathname) || !keystone ? 'v1' : 'v3';
}

function parseContainer(name: string): string {
  if (name === '') throw invalidField('container', 'the name of the container is missing');
  if (name.includes('/') || name === '.' || name === '..' || Buffer.byteLength(name) > MAX_CONTAINER_BYTES || hasHalfCharacter(name)) {
    throw invalidField('container', `${JSON.stringify(name.slice(0, 100))} is no name of a container: expected at most ${MAX_CONTAINER_BYTES} bytes without a slash; folders go into their own field`);
  }
  return name;
}

function parsePrefix(prefix: string): LocationPath {
  try {
    return parseLocationPath(prefix);
  } catch (error) {
    if (error instanceof StorageError) throw invalidField('prefix', error.message.replace(/\.$/, ''));
    throw error;
  }
}

function parseStorageUrl(url: string): string {
  try {
    return parseRoot(url).replace(/\/+$/, '');
  } catch (error) {
    if (error instanceof StorageError) throw invalidField('storageUrl', error.message.replace(/\.$/, ''));
    throw error;
  }
}

function text(options: LocationOptions, key: string): string {
  const value = options[key] ?? '';
  if (typeof value !== 'string') throw invalidField(key, `${JSON.stringify(value)} is no text`);
  return value.trim();
}
