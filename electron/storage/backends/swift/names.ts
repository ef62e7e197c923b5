import { StorageError } from '../../../../shared/storage/errors.ts';
import { type LocationPath, parseLocationPath } from '../../../../shared/storage/path.ts';

/** Folders of ours in a container: the segments of large files, and notes of uploads that are not finished. */
export const SEGMENTS_FOLDER = '.holdfast-segments';
export const UPLOADS_FOLDER = '.holdfast-uploads';
export const PROBE_NAME = '.holdfast-probe-';

/** No listing shows these. */
export function isOwnName(name: string): boolean {
  return name === SEGMENTS_FOLDER || name === UPLOADS_FOLDER || name.startsWith(PROBE_NAME);
}

export function containerUri(storageUrl: string, container: string): string {
  return `${storageUrl}/${encodeURIComponent(container)}`;
}

/**
 * The address of an object. Empty parts of a name stay, as other programs make such names.
 * @throws StorageError invalid_location for names that no address can carry: with "." or ".." as a part, which would lead elsewhere, or half a character
 */
export function objectUri(storageUrl: string, container: string, name: string): string {
  if (name.split('/').some((part) => part === '.' || part === '..') || hasHalfCharacter(name)) {
    throw new StorageError('invalid_location', `The name ${JSON.stringify(name.slice(0, 200))} cannot be asked for: a part of it is "." or "..", or half of a character.`, { context: { name: name.slice(0, 200) } });
  }
  return `${containerUri(storageUrl, container)}/${encodedName(name)}`;
}

/** The address of a segment as a manifest names it: `/container/name`. @throws StorageError invalid_location */
export function segmentUri(storageUrl: string, path: string): string {
  const [, container = '', name = ''] = /^\/([^/]+)\/(.+)$/s.exec(path) ?? [];
  if (name === '') throw new StorageError('invalid_location', `A large file names a segment ${JSON.stringify(path.slice(0, 200))}: expected "/container/name".`);
  return objectUri(storageUrl, container, name);
}

export function hasHalfCharacter(text: string): boolean {
  return /\p{Cs}/u.test(text);
}

export function encodedName(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}

/** Where in the container a location lies, and what the names of its objects are. */
export class Place {
  readonly storageUrl: string;
  readonly container: string;
  /** what the names of all objects begin with; ends with a slash unless it is empty */
  readonly prefix: string;
  readonly #maxName: number;

  constructor({ storageUrl, container, prefix, maxName }: { readonly storageUrl: string; readonly container: string; readonly prefix: LocationPath; readonly maxName: number }) {
    this.storageUrl = storageUrl;
    this.container = container;
    this.prefix = prefix === '' ? '' : `${prefix}/`;
    this.#maxName = maxName;
  }

  /** The name of the object that holds a file. @throws StorageError invalid_location */
  nameOf(path: LocationPath): string {
    const name = this.prefix + parseLocationPath(path);
    const bytes = Buffer.byteLength(name);
    if (bytes > this.#maxName) throw new StorageError('invalid_location', `The path ${JSON.stringify(name.slice(0, 80))}… has ${bytes} bytes; this server takes at most ${this.#maxName}.`, { context: { bytes, limit: this.#maxName } });
    return name;
  }

  /** What the names of all objects in a folder begin with. */
  folderOf(path: LocationPath): string {
    const checked = parseLocationPath(path);
    return checked === '' ? this.prefix : `${this.nameOf(checked)}/`;
  }

  /** @throws StorageError invalid_location */
  uriOf(name: string): string {
    return objectUri(this.storageUrl, this.container, name);
  }

  get root(): string {
    return `${containerUri(this.storageUrl, this.container)}/${encodedName(this.prefix)}`;
  }
}
