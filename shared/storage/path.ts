import { StorageError } from './errors.ts';

/**
 * A place inside a location: names joined by `/`, no leading or trailing slash, the root is the empty string.
 * Only {@link parseLocationPath} and {@link joinLocationPath} make one from foreign text.
 */
export type LocationPath = string;

const MAX_NAME_BYTES = 255;
/** a longer one is no extension but part of the name */
const MAX_EXTENSION_BYTES = 64;

/** One name in a folder. @throws StorageError invalid_location for empty, `.`, `..`, slashes, NUL and names over 255 bytes of UTF-8 */
export function parseName(name: string): string {
  const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
  if (name === '' || name === '.' || name === '..') throw new StorageError('invalid_location', `${shown} is not a file name: expected a name other than "", "." and "..".`);
  if (name.includes('/') || name.includes('\0')) throw new StorageError('invalid_location', `The name ${shown} holds a slash or a NUL character, which no storage can keep in a name.`);
  const bytes = utf8Length(name);
  if (bytes > MAX_NAME_BYTES) throw new StorageError('invalid_location', `The name ${shown} has ${bytes} bytes; at most ${MAX_NAME_BYTES} are possible.`, { context: { reason: 'name_too_long' } });
  return name;
}

/** Reads what a user or a script wrote: a leading and a trailing slash are allowed, everything that could leave the root is refused. @throws StorageError invalid_location */
export function parseLocationPath(text: string): LocationPath {
  if (text === '' || text === '/') return '';
  const trimmed = text.replace(/^\//, '').replace(/\/$/, '');
  for (const name of trimmed.split('/')) parseName(name);
  return trimmed;
}

export function joinLocationPath(folder: LocationPath, ...names: readonly string[]): LocationPath {
  return [...(folder === '' ? [] : [folder]), ...names.map(parseName)].join('/');
}

export function parentPath(path: LocationPath): LocationPath {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export function baseName(path: LocationPath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `report.pdf` and 2 give `report (2).pdf`: the name under which the conflict policy "rename" tries next. A long name loses its end, not its extension. */
export function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && utf8Length(name.slice(dot)) <= MAX_EXTENSION_BYTES ? name.slice(dot) : '';
  const ending = ` (${number})${extension}`;
  const stem = [...name.slice(0, name.length - extension.length)];
  let room = MAX_NAME_BYTES - utf8Length(ending);
  const fits = stem.findIndex((character) => (room -= utf8Length(character)) < 0);
  return `${(fits < 0 ? stem : stem.slice(0, fits)).join('')}${ending}`;
}

/** Bytes that the text takes in UTF-8 (a lone surrogate counts as the replacement character, three bytes). */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
