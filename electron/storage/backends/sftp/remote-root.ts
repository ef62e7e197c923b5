import { StorageError } from '../../../../shared/storage/errors.ts';
import { type LocationPath, baseName, parentPath, parseLocationPath } from '../../../../shared/storage/path.ts';
import { sftpError } from './errors.ts';
import { type Endpoint, placeOf } from './ssh/endpoint.ts';

/** The folder of a location on its server. */
export class RemoteRoot {
  /** absolute, as the server itself writes it; never ends in a slash, so it is empty for the server's root */
  readonly folder: string;
  readonly #base: string;

  constructor(endpoint: Endpoint, realPath: string) {
    this.folder = realPath.replace(/\/+$/, '');
    this.#base = `sftp://${encodeURIComponent(endpoint.user)}@${placeOf(endpoint)}${this.folder.split('/').map(encodeName).join('/')}`;
  }

  /** Where a path lies on the server. @throws StorageError invalid_location */
  absolute(path: LocationPath): string {
    const parsed = parseLocationPath(path);
    // A lone surrogate would be sent as another character.
    if (/\p{Surrogate}/u.test(parsed)) throw new StorageError('invalid_location', `The name ${JSON.stringify(path)} holds half of a character (a lone surrogate), which no server can keep.`);
    if (parsed === '') return this.folder === '' ? '/' : this.folder;
    return `${this.folder}/${parsed}`;
  }

  /** As {@link absolute}, of the folder that holds it. */
  parent(path: LocationPath): string {
    return this.absolute(parentPath(path));
  }

  /** `sftp://user@host:port/...` */
  uri(path: LocationPath): string {
    return path === '' ? `${this.#base}/` : `${this.#base}/${path.split('/').map(encodeName).join('/')}`;
  }

  /** Runs it and makes what the server refuses into an error that names the path. `doing` completes "Could not ...". */
  async explain<T>(path: LocationPath, doing: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw sftpError(error, `${doing} ${shown(this.absolute(path))}`, path);
    }
  }
}

/** The name beside another one. */
export function sibling(path: LocationPath, name: string): LocationPath {
  const folder = parentPath(path);
  return folder === '' ? name : `${folder}/${name}`;
}

export function shown(path: string): string {
  return JSON.stringify(path.length > 300 ? `${path.slice(0, 100)}…${baseName(path).slice(-150)}` : path);
}

function encodeName(name: string): string {
  return encodeURIComponent(name.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
}
