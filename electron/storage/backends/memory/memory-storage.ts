import { StorageError } from '../../../../shared/storage/errors.ts';
import { type LocationPath, parentPath } from '../../../../shared/storage/path.ts';

export interface MemoryObject {
  readonly bytes: Buffer;
  /** null while it is a partial that nobody may see under its path */
  readonly path: LocationPath | null;
  readonly modified: Date;
  /** the path that a partial is for, when a later save may go on with it */
  readonly keptFor?: LocationPath;
}

/** The "disk" of the memory backend: objects by URI and a folder tree of names. Locations with one storage see the same files. */
export class MemoryStorage {
  readonly objects = new Map<string, MemoryObject>();
  readonly names = new Map<LocationPath, string>();
  readonly folders = new Set<LocationPath>(['']);
  #number = 0;
  #gate: Promise<void> = Promise.resolve();

  nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }

  /** Resolves when the storage takes bytes. */
  get open(): Promise<void> {
    return this.#gate;
  }

  /** From now on no bytes are taken until the returned function is called. */
  stall(): () => void {
    let release: () => void = () => undefined;
    this.#gate = new Promise((resolve) => {
      release = resolve;
    });
    return () => release();
  }

  /** @throws StorageError not_found */
  object(uri: string): MemoryObject {
    const object = this.objects.get(uri);
    if (object === undefined) throw new StorageError('not_found', `There is no file ${uri}.`, { context: { uri } });
    return object;
  }

  uriOf(path: LocationPath): string {
    return this.names.get(path) ?? addressOf(path);
  }

  /** Makes the bytes visible under their name; what had the name before is gone. @throws StorageError already_exists, invalid_location */
  publish(path: LocationPath, uri: string, bytes: Buffer, modified: Date, overwrite: boolean): void {
    this.requireFolderFor(path);
    const old = this.names.get(path);
    if (old !== undefined && !overwrite) throw new StorageError('already_exists', `There is a file ${JSON.stringify(path)} already.`, { context: { path } });
    if (old !== undefined) this.objects.delete(old);
    this.objects.set(uri, { bytes, path, modified });
    this.names.set(path, uri);
  }

  remove(uri: string): void {
    const { path } = this.object(uri);
    this.objects.delete(uri);
    if (path !== null) this.names.delete(path);
  }

  /** Bit rot: the stored byte `at` becomes another one. */
  corrupt(path: LocationPath, at: number): void {
    const { bytes } = this.object(this.uriOf(path));
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  }

  /** Makes the folders above, as object stores do. @throws StorageError invalid_location when a file is in the way */
  requireFolderFor(path: LocationPath): void {
    if (path === '' || this.folders.has(path)) throw new StorageError('invalid_location', `${JSON.stringify(path)} is a folder.`, { context: { path } });
    this.makeFolders(parentPath(path));
  }

  makeFolders(path: LocationPath): void {
    for (let folder = path; !this.folders.has(folder); folder = parentPath(folder)) {
      if (this.names.has(folder)) throw new StorageError('already_exists', `${JSON.stringify(folder)} is a file.`, { context: { path: folder } });
      this.folders.add(folder);
    }
  }

  /** Everything that takes room, partials too. */
  residue(): readonly string[] {
    return [...this.objects].map(([uri, { path }]) => path ?? uri);
  }
}

export function addressOf(path: LocationPath): string {
  return `memory:///${path.split('/').map(encodeURIComponent).join('/')}`;
}
