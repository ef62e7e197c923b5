import { StorageError } from '../../../shared/storage/errors.ts';
import { type LocationPath, parseLocationPath } from '../../../shared/storage/path.ts';

/** Reads a location's address into its one spelling: no secret, query or fragment in it, and a slash at the end. @throws StorageError invalid_config */
export function parseRoot(text: string): string {
  const shown = JSON.stringify(text.slice(0, 200).replace(/\/\/[^/]*@/, '//***@'));
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch (error) {
    throw new StorageError('invalid_config', `${shown} is not an address: expected something like "https://files.example.org/archive/".`, { cause: error, context: { field: 'uri' } });
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new StorageError('invalid_config', `The address ${shown} begins with "${url.protocol}": expected "https:" or "http:".`, { context: { field: 'uri' } });
  }
  if (url.username !== '' || url.password !== '') {
    throw new StorageError('invalid_config', 'The address holds a user name or password: enter the token in its own field, where it is kept safe.', { context: { field: 'uri' } });
  }
  if (url.search !== '' || url.hash !== '') throw new StorageError('invalid_config', `The address ${shown} has a "?" or "#" part: expected only the folder's address.`, { context: { field: 'uri' } });
  return url.pathname.endsWith('/') ? url.href : `${url.href}/`;
}

/** The address of a file; of a folder when a slash is added. Every name is encoded on its own, so `%`, `#`, `?` and `+` stay themselves. @throws StorageError invalid_location */
export function uriOf(root: string, path: LocationPath): string {
  const checked = parseLocationPath(path);
  try {
    return checked === '' ? root : root + checked.split('/').map(encodeURIComponent).join('/');
  } catch (error) {
    throw new StorageError('invalid_location', `The name ${JSON.stringify(path)} holds half of a character (a lone surrogate), which no address can carry.`, { cause: error });
  }
}

export function folderUriOf(root: string, path: LocationPath): string {
  const uri = uriOf(root, path);
  return uri.endsWith('/') ? uri : `${uri}/`;
}

/** Where a `Location` header points. @throws StorageError untrusted_server when that is another server, so that neither bytes nor token go there */
export function resolveSameOrigin(header: string, base: string): string {
  let target: URL;
  try {
    target = new URL(header, base);
  } catch (error) {
    throw new StorageError('unexpected', `The server points from ${base} to ${JSON.stringify(header.slice(0, 200))}, which is not an address.`, { cause: error, context: { uri: base } });
  }
  const origin = new URL(base).origin;
  if (target.origin !== origin) {
    throw new StorageError('untrusted_server', `The server points from ${base} to another server, ${target.origin}. Nothing was sent there: expected ${origin}.`, { context: { uri: base, target: target.origin } });
  }
  target.hash = '';
  return target.href;
}
