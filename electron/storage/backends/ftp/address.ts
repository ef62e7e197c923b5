import net from 'node:net';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { parseName } from '../../../../shared/storage/path.ts';

/** Where a location begins. */
export interface Address {
  /** a name or an IP address, without brackets */
  readonly host: string;
  readonly port: number;
  /** folder names from the server's root on; null: the folder that the user is in after signing in */
  readonly folder: readonly string[] | null;
}

/**
 * Reads `ftp://user@host:port/folder`. A path begins at the server's root; without one the location is the folder of the user's sign-in,
 * and `ftp://host//` is the server's root itself.
 * @throws StorageError invalid_config
 */
export function parseAddress(text: string, defaultPort: number): Address & { readonly user: string | null } {
  const shown = JSON.stringify(text.trim().slice(0, 200).replace(/\/\/[^/]*@/, '//***@'));
  const refused = (problem: string): StorageError => new StorageError('invalid_config', `The address ${shown} ${problem}: expected something like "ftp://user@ftp.example.org/folder".`, { context: { field: 'uri' } });
  if (!URL.canParse(text.trim())) throw refused('is none');
  const url = new URL(text.trim());
  if (url.protocol === 'ftps:') throw refused('begins with "ftps:", which means two things; write "ftp:" and choose the encryption in its own field');
  if (url.protocol !== 'ftp:') throw refused(`begins with "${url.protocol}"`);
  if (url.password !== '') throw new StorageError('invalid_config', 'The address holds a password: enter it in its own field, where it is kept safe.', { context: { field: 'uri' } });
  if (url.search !== '' || url.hash !== '') throw refused('has a "?" or "#" part (write them as %3F and %23 in names)');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (host === '') throw refused('names no server');
  const user = decoded(url.username, refused);
  return { host, port: url.port === '' ? defaultPort : Number(url.port), folder: folderOf(url.pathname, refused), user: user === '' ? null : user };
}

function folderOf(path: string, refused: (problem: string) => StorageError): readonly string[] | null {
  if (path === '' || path === '/') return null;
  const names = path.replace(/\/$/, '').split('/').slice(1).filter((name, index) => !(index === 0 && name === ''));
  try {
    return names.map((name) => parseName(decoded(name, refused)));
  } catch (error) {
    throw error instanceof StorageError && error.code === 'invalid_location' ? refused(`names no folder (${error.message})`) : error;
  }
}

function decoded(text: string, refused: (problem: string) => StorageError): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused('holds a "%" that begins no code');
  }
}

/** `ftp://user@host:port`, as it begins all addresses of the location's files; no secret is in it. */
export function originOf({ host, port }: Pick<Address, 'host' | 'port'>, user: string): string {
  return `ftp://${encodeURIComponent(user)}@${net.isIPv6(host) ? `[${host}]` : host}${port === 21 ? '' : `:${port}`}`;
}
