import { StorageError } from '../../../../shared/storage/errors.ts';
import type { ConfigField, LocationOptions } from '../../../../shared/storage/location.ts';
import { CERTIFICATE_FIELDS, type NetworkOptions, READ_ONLY_FIELD, TIMEOUT_FIELD, invalidField, parseNetworkOptions, requireKnownOptions } from '../../network/network-options.ts';
import { type Address, parseAddress } from './address.ts';

/** `explicit`: AUTH TLS on an ordinary connection (RFC 4217); `implicit`: TLS from the first byte on; `none`: everything travels in clear text. */
export type Security = 'explicit' | 'implicit' | 'none';

export interface FtpSettings extends Address, Pick<NetworkOptions, 'caFile' | 'pin' | 'silence'> {
  readonly user: string;
  readonly password: string;
  readonly security: Security;
  readonly readOnly: boolean;
  /** most control connections at the same time */
  readonly connections: number;
}

const DEFAULT_CONNECTIONS = 6;
const MOST_CONNECTIONS = 8;
const ANONYMOUS = 'anonymous';
/** What RFC 1635 asks anonymous users to say; it tells nothing of who they are. */
const ANONYMOUS_PASSWORD = 'anonymous@';

export const FTP_FIELDS: readonly ConfigField[] = [
  {
    key: 'security', label: 'Encryption', kind: 'choice', namesServer: true, required: false, default: 'explicit',
    help: 'With TLS the server must show a certificate before the password is sent, and the bytes of files are encrypted too. Without, anybody on the way can read and change everything.',
    choices: [
      { value: 'explicit', label: 'TLS (explicit)' },
      { value: 'implicit', label: 'TLS from the start (implicit, port 990)' },
      { value: 'none', label: 'None (plain FTP)' },
    ],
  },
  { key: 'user', label: 'User', kind: 'text', namesServer: false, required: false, placeholder: ANONYMOUS, help: 'Unless the address names one already. Empty: anonymous.' },
  READ_ONLY_FIELD,
  { key: 'connections', label: 'Connections at the same time', kind: 'number', required: false, advanced: true, default: DEFAULT_CONNECTIONS, help: `From 1 to ${MOST_CONNECTIONS}; each carries one transfer. Fewer are used when the server allows no more.` },
  ...CERTIFICATE_FIELDS,
  TIMEOUT_FIELD,
];

/** @throws StorageError invalid_config that names the field and what was expected */
export function parseSettings(uri: string, { proxy, ...options }: LocationOptions, secret: string | null): FtpSettings {
  requireKnownOptions('ftp', options, FTP_FIELDS);
  requireNoProxy(proxy);
  const { readOnly = false, connections = DEFAULT_CONNECTIONS } = options;
  if (typeof readOnly !== 'boolean') throw invalidField('readOnly', `${JSON.stringify(readOnly)} is neither true nor false`);
  if (typeof connections !== 'number' || !Number.isInteger(connections) || connections < 1 || connections > MOST_CONNECTIONS) {
    throw invalidField('connections', `${JSON.stringify(connections)} is not a whole number from 1 to ${MOST_CONNECTIONS}`);
  }
  const security = parseSecurity(options['security']);
  const { user: named, ...address } = parseAddress(uri, security === 'implicit' ? 990 : 21);
  const user = chooseUser(named, options['user']);
  return { ...address, ...parseNetworkOptions(options), user, password: parsePassword(secret, user), security, readOnly, connections };
}

/** FTP opens connections beside the first one; going through proxies with them is not supported. The system's settings are not asked, as FTP never went through those of the web. */
function requireNoProxy(proxy: LocationOptions[string] | undefined): void {
  if (proxy === undefined || (typeof proxy === 'string' && ['', 'system', 'none'].includes(proxy.trim()))) return;
  throw invalidField('proxy', 'FTP cannot go through a proxy here, because it opens further connections for each transfer. Expected "none"; SFTP or WebDAV can go through one');
}

function parseSecurity(value: LocationOptions[string] | undefined): Security {
  if (value === undefined) return 'explicit';
  if (value === 'explicit' || value === 'implicit' || value === 'none') return value;
  throw invalidField('security', `${JSON.stringify(value)} is unknown: expected "explicit", "implicit" or "none"`);
}

function chooseUser(named: string | null, option: LocationOptions[string] | undefined): string {
  if (option !== undefined && typeof option !== 'string') throw invalidField('user', `${JSON.stringify(option)} is no name`);
  const given = option ?? '';
  if (named !== null && given !== '' && named !== given) throw invalidField('user', `${JSON.stringify(given)} is another one than ${JSON.stringify(named)} in the address: expected one of them alone`);
  const user = named ?? (given === '' ? ANONYMOUS : given);
  if (/[\r\n\0]/.test(user)) throw invalidField('user', 'the name holds a line end or NUL, which no FTP command can carry');
  return user;
}

function parsePassword(secret: string | null, user: string): string {
  const password = secret ?? '';
  if (/[\r\n\0]/.test(password)) throw invalidField('secret', 'the password holds a line end or NUL, which no FTP command can carry');
  if (password === '' && user === ANONYMOUS) return ANONYMOUS_PASSWORD;
  if (password === '') throw new StorageError('invalid_config', `secret: there is no password for ${JSON.stringify(user)}: enter it, or leave the user empty to sign in as anonymous.`, { context: { field: 'secret' } });
  return password;
}
