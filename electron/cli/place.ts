import { StorageError } from '../../shared/storage/errors.ts';
import { type LocationPath, parseLocationPath } from '../../shared/storage/path.ts';

/** `NAME:/path` as written on the command line. */
export interface WrittenPlace {
  readonly location: string;
  readonly path: LocationPath;
  /** it ended with a slash, so a folder is meant */
  readonly isFolder: boolean;
}

/** @returns null for what is a path of this computer; `C:\x` and `C:/x` always are */
export function parsePlace(text: string): WrittenPlace | null {
  const match = /^([^:/\\]{2,}):(\/.*|)$/su.exec(text);
  if (match === null) return null;
  const [, location = '', rest = ''] = match;
  return { location, path: parseLocationPath(rest), isFolder: rest === '' || rest.endsWith('/') };
}

/** @throws invalid_config that says how a place is written */
export function requirePlace(text: string): WrittenPlace {
  const place = parsePlace(text);
  if (place === null) throw new StorageError('invalid_config', `${JSON.stringify(text)} is not a place in a location: expected NAME:/path, for example "Local library:/2026".`);
  return place;
}
