import { StorageError } from '../../../../shared/storage/errors.ts';
import { type LocationPath, joinLocationPath, parseLocationPath } from '../../../../shared/storage/path.ts';

const MAX_CHARACTERS = 1024;
const MAX_SEGMENTS = 254;

/**
 * The name of the blob for a path, with the folder of the location before it.
 * What the service would change or refuses (naming-and-referencing-containers--blobs--and-metadata) is refused here: it turns `\` into
 * `/`, takes no control characters, and asks that no name end with a dot.
 * @throws StorageError invalid_location
 */
export function blobName(folder: LocationPath, path: LocationPath): string {
  const names = parseLocationPath(path).split('/');
  for (const name of names) {
    const problem = problemOf(name);
    if (problem !== null) throw refused(path, problem);
  }
  const full = path === '' ? folder : joinLocationPath(folder, ...names);
  if (full.length > MAX_CHARACTERS) throw refused(path, `with the folder of the location it has ${full.length} characters, at most ${MAX_CHARACTERS} are possible`);
  if (full.split('/').length > MAX_SEGMENTS) throw refused(path, `it has more than ${MAX_SEGMENTS} folders above it`);
  return full;
}

/** What all names in a folder begin with; empty for the whole container. */
export function blobPrefix(folder: LocationPath, path: LocationPath): string {
  const full = blobName(folder, path);
  return full === '' ? '' : `${full}/`;
}

function problemOf(name: string): string | null {
  if (name.includes('\\')) return 'Azure turns "\\" into "/"';
  if (/\p{Cc}/u.test(name)) return 'Azure takes no control characters';
  if (name.endsWith('.')) return 'Azure takes no names that end with a dot';
  return null;
}

function refused(path: LocationPath, problem: string): StorageError {
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  return new StorageError('invalid_location', `${JSON.stringify(shown)} cannot be the name of a blob: ${problem}.`, { context: { path: shown } });
}
