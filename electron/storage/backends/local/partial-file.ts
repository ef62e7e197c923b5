import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import nodePath from 'node:path';
import type { Writable } from 'node:stream';
import type { StoredBytes } from '../../../integrity/ladder.ts';
import { FileReader } from './file-reader.ts';
import { FileWriter } from './file-writer.ts';
import type { FolderSync } from './folder-sync.ts';
import { newPartialName } from './partial-name.ts';
import { moveToFreeName } from './publish.ts';

export interface PartialFileOptions {
  /** real path of the folder in which the file will be published */
  readonly folder: string;
  readonly folderSync: FolderSync;
  readonly modified?: Date | undefined;
  /** permission bits; others of the mode are dropped */
  readonly mode?: number | undefined;
}

/** A file in the making, beside its final place. The same open file is written, synced and read back, so nobody can slip another one in between. */
export class PartialFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #options: PartialFileOptions;
  #synced: Promise<void> | null = null;

  private constructor(path: string, handle: FileHandle, options: PartialFileOptions) {
    this.#path = path;
    this.#handle = handle;
    this.#options = options;
  }

  static async create(options: PartialFileOptions): Promise<PartialFile> {
    const path = nodePath.join(options.folder, newPartialName());
    return new PartialFile(path, await open(path, 'wx+', permissions(options.mode) ?? 0o666), options);
  }

  /** Takes over a file that was made at {@link partialPath} by other means. */
  static async adopt(path: string, options: PartialFileOptions): Promise<PartialFile> {
    const partial = new PartialFile(path, await open(path, 'r+'), options);
    await partial.#finish();
    return partial;
  }

  static partialPath(folder: string): string {
    return nodePath.join(folder, newPartialName());
  }

  stream(): Writable {
    return new FileWriter(this.#handle, 0, () => this.#finish());
  }

  readonly stored: StoredBytes = {
    size: async () => (await this.#handle.stat()).size,
    readBack: async (signal) => new FileReader(this.#handle, { start: 0, end: (await this.#handle.stat()).size, closes: false, signal }),
  };

  /** Puts it in its final place, in the folder that it lies in, and makes that durable. @throws EEXIST when `overwrite` is false and the name is taken */
  async publish(name: string, overwrite: boolean): Promise<void> {
    await this.#synced;
    await this.#handle.close();
    const target = nodePath.join(this.#options.folder, name);
    if (overwrite) await rename(this.#path, target);
    else await moveToFreeName(this.#path, target);
    await this.#options.folderSync.sync(this.#options.folder);
  }

  async discard(): Promise<void> {
    await this.#handle.close();
    await rm(this.#path, { force: true });
  }

  /** Starts the sync, but does not wait: the bytes are read back meanwhile, and publishing waits for both. */
  async #finish(): Promise<void> {
    const { modified } = this.#options;
    const mode = permissions(this.#options.mode);
    if (mode !== undefined) await this.#handle.chmod(mode);
    if (modified !== undefined) await this.#handle.utimes(modified, modified);
    this.#synced = this.#handle.sync();
    this.#synced.catch(() => undefined);
  }
}

/** Windows knows one bit only, read-only, and refuses to move or remove files that have it. */
function permissions(mode: number | undefined): number | undefined {
  return mode === undefined || process.platform === 'win32' ? undefined : mode & 0o777;
}
