import { userInfo } from 'node:os';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { ConfigField, LocationOptions } from '../../../../shared/storage/location.ts';
import { PROXY_FIELD, READ_ONLY_FIELD, TIMEOUT_FIELD, type NetworkOptions, invalidField, parseNetworkOptions, requireKnownOptions } from '../../network/network-options.ts';
import type { AuthChoice } from './ssh/authentication.ts';
import { DEFAULT_PORT, type Endpoint, parseEndpoint } from './ssh/endpoint.ts';

const AUTH_CHOICES: readonly { readonly value: AuthChoice; readonly label: string }[] = [
  { value: 'automatic', label: 'Automatic: keys, agent, password' },
  { value: 'password', label: 'Password' },
  { value: 'key', label: 'Key file' },
  { value: 'agent', label: 'SSH agent' },
  { value: 'keyboard-interactive', label: 'Questions of the server' },
];
const DEFAULT_CONNECTIONS = 4;
const MAX_CONNECTIONS = 16;
const MAX_JUMPS = 8;

export const SFTP_FIELDS: readonly ConfigField[] = [
  { key: 'auth', label: 'Sign in by', kind: 'choice', required: false, default: 'automatic', choices: AUTH_CHOICES, help: 'Automatic tries your keys, then the SSH agent, then the password, as far as the server takes them.' },
  { key: 'keyFile', label: 'Key file', kind: 'path', required: false, placeholder: '~/.ssh/id_ed25519', showIf: { key: 'auth', is: ['automatic', 'key'] }, help: 'Private key in OpenSSH’s, PEM or PuTTY’s form. Empty: the usual keys in ~/.ssh.' },
  { key: 'passphrase', label: 'Passphrase of the key', kind: 'secret', required: false, advanced: true, showIf: { key: 'auth', is: ['automatic', 'key'] }, help: 'Only for servers that want both a key and a password; else the password field above is taken for the passphrase.' },
  READ_ONLY_FIELD,
  { key: 'jump', label: 'Jump host', kind: 'text', required: false, advanced: true, placeholder: 'ada@gate.example.org:22', help: 'Hosts to go through, the first one first, by comma. Signed in to with your keys or agent.' },
  { key: 'jumpPassword', label: 'Password of the jump host', kind: 'secret', required: false, advanced: true, help: 'The password of the server itself is never shown to a jump host.' },
  { key: 'hostKey', label: 'Trusted host key', kind: 'text', namesServer: false, required: false, advanced: true, placeholder: 'SHA256:…', help: 'Fingerprint of the one host key that is accepted. Filled in when you trust a server; empty it to go by known_hosts.' },
  { key: 'agent', label: 'Socket of the SSH agent', kind: 'path', required: false, advanced: true, showIf: { key: 'auth', is: ['automatic', 'agent'] }, help: 'Empty: SSH_AUTH_SOCK, on Windows the pipe of its OpenSSH agent.' },
  { key: 'connections', label: 'Connections at most', kind: 'number', required: false, advanced: true, default: DEFAULT_CONNECTIONS, help: 'Opened only while there is enough to do.' },
  PROXY_FIELD,
  TIMEOUT_FIELD,
];

/** The location's options, checked. */
export interface SftpSettings extends NetworkOptions {
  readonly endpoint: Endpoint;
  /** as written: absolute, or `~` and what follows for below the home of the account */
  readonly folder: string;
  readonly auth: AuthChoice;
  readonly keyFile: string | null;
  readonly agent: string | null;
  readonly jumps: readonly Endpoint[];
  readonly hostKey: string;
  readonly connections: number;
  readonly readOnly: boolean;
}

/** @throws StorageError invalid_config that names the field */
export function parseSettings(uri: string, options: LocationOptions): SftpSettings {
  requireKnownOptions('sftp', options, SFTP_FIELDS.filter(({ kind }) => kind !== 'secret'));
  const { auth = 'automatic', readOnly = false, connections = DEFAULT_CONNECTIONS } = options;
  const choice = AUTH_CHOICES.find(({ value }) => value === auth)?.value;
  if (choice === undefined) throw invalidField('auth', `${JSON.stringify(auth)} is no way to sign in. Known: ${AUTH_CHOICES.map(({ value }) => value).join(', ')}`);
  if (typeof readOnly !== 'boolean') throw invalidField('readOnly', `${JSON.stringify(readOnly)} is neither true nor false`);
  if (typeof connections !== 'number' || !Number.isInteger(connections) || connections < 1 || connections > MAX_CONNECTIONS) throw invalidField('connections', `${JSON.stringify(connections)} is not a whole number from 1 to ${MAX_CONNECTIONS}`);
  const { endpoint, folder } = parseAddress(uri);
  return { ...parseNetworkOptions(options), endpoint, folder, auth: choice, keyFile: text(options, 'keyFile'), agent: text(options, 'agent'), jumps: parseJumps(text(options, 'jump'), endpoint.user), hostKey: text(options, 'hostKey') ?? '', connections, readOnly };
}

/** `sftp://user@host:port/folder`, as curl and others read it: the path is absolute, `/~` is the home of the account, and so is no path at all. */
function parseAddress(text: string): Pick<SftpSettings, 'endpoint' | 'folder'> {
  const wrong = (problem: string, cause?: unknown) => new StorageError('invalid_config', `${problem}: expected something like "sftp://ada@files.example.org/srv/archive".`, { cause, context: { field: 'uri' } });
  const safe = JSON.stringify(text.slice(0, 200).replace(/\/\/[^/]*@/, '//***@'));
  const trimmed = text.trim();
  if (!URL.canParse(trimmed)) throw wrong(`${safe} is not an address`);
  const url = new URL(trimmed);
  if (url.protocol !== 'sftp:') throw wrong(`The address ${safe} begins with "${url.protocol}"`);
  if (url.password !== '') throw new StorageError('invalid_config', 'The address holds a password, which would be saved in clear text: enter it in its own field.', { context: { field: 'uri' } });
  if (url.search !== '' || url.hash !== '') throw wrong(`The address ${safe} has a "?" or "#" part; write them as %3F and %23`);
  if (url.hostname === '') throw wrong(`The address ${safe} names no server`);
  try {
    const path = decodeURIComponent(url.pathname);
    if (path.includes('\0')) throw wrong(`The address ${safe} holds a NUL character`);
    const folder = path === '' ? '~' : /^\/~(?:\/|$)/.test(path) ? path.slice(1) : path;
    const user = url.username === '' ? userInfo().username : decodeURIComponent(url.username);
    const host = decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '');
    return { endpoint: { host, port: url.port === '' ? DEFAULT_PORT : Number(url.port), user }, folder };
  } catch (error) {
    if (error instanceof URIError) throw wrong(`The address ${safe} has a "%" that stands for nothing`, error);
    throw error;
  }
}

function parseJumps(value: string | null, user: string): readonly Endpoint[] {
  const words = (value ?? '').split(',').map((word) => word.trim()).filter((word) => word !== '');
  if (words.length > MAX_JUMPS) throw invalidField('jump', `${words.length} jump hosts are too many: expected at most ${MAX_JUMPS}`);
  return words.map((word) => {
    const endpoint = parseEndpoint(word, user);
    if (endpoint === null) throw invalidField('jump', `${JSON.stringify(word)} is no jump host: expected something like "ada@gate.example.org:22", without a password`);
    return endpoint;
  });
}

function text(options: LocationOptions, key: string): string | null {
  const value = options[key] ?? '';
  if (typeof value !== 'string') throw invalidField(key, `${JSON.stringify(value)} is no text`);
  return value.trim() === '' ? null : value.trim();
}
