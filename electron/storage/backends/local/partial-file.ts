import { constants, type FileHandle, open, rename, rm } from 'node:fs/promises';
import nodePath from 'node:path';
import { DEFAULT_HASH } from '../../../../shared/storage/checksum.ts';
import { hashStream } from '../../../integrity/hash.ts';
import type { StoredBytes } from '../../../integrity/ladder.ts';
import { PrefixGate } from '../../prefix-gate.ts';
import { systemCode } from './entry.ts';
import { FileReader } from './file-reader.ts';
import { FileWriter } from './file-writer.ts';
import type { FolderSync, FolderUse } from './folder-sync.ts';
import { newPartialName } from '../../partial-name.ts';
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
  readonly #folderUse: FolderUse;
  #size: number | null = null;
  #synced: Promise<void> = Promise.resolve();
  #ended = false;

  private constructor(path: string, handle: FileHandle, options: PartialFileOptions) {
    this.#path = path;
    this.#handle = handle;
    this.#options = options;
    this.#folderUse = options.folderSync.use(options.folder);
  }

  /** `kept`: a later save may go on with it. */
  static async create(options: PartialFileOptions, kept = false): Promise<PartialFile> {
    const path = PartialFile.newPath(options.folder, kept);
    return new PartialFile(path, await open(path, 'wx+', permissions(options.mode) ?? 0o666), options);
  }

  /** Goes on with one that an earlier save kept. @returns null when it is not there any more */
  static async goOn(name: string, options: PartialFileOptions): Promise<PartialFile | null> {
    const path = nodePath.join(options.folder, name);
    const handle = await open(path, constants.O_RDWR | constants.O_NOFOLLOW).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ELOOP') return null;
      throw error;
    });
    return handle === null ? null : new PartialFile(path, handle, options);
  }

  /** Takes over a complete file that was made at a {@link newPath} by other means. */
  static async adopt(path: string, options: PartialFileOptions): Promise<PartialFile> {
    const partial = new PartialFile(path, await open(path, 'r+'), options);
    try {
      await partial.#finish();
      return partial;
    } catch (error) {
      await partial.discard();
      throw error;
    }
  }

  static newPath(folder: string, kept = false): string {
    return nodePath.join(folder, newPartialName(kept));
  }

  get name(): string {
    return nodePath.basename(this.#path);
  }

  /** Takes bytes from the first on, and keeps what is there of them. */
  async stream(): Promise<PrefixGate> {
    const { size } = await this.#handle.stat();
    return new PrefixGate({
      offset: size,
      algorithm: DEFAULT_HASH,
      proof: 'read back',
      digest: async () => (await hashStream(new FileReader(this.#handle, { start: 0, end: size, closes: false }), [DEFAULT_HASH])).checksums[DEFAULT_HASH] ?? null,
      sink: new FileWriter(this.#handle, size, () => this.#finish()),
    });
  }

  /** Only once the stream is finished. */
  readonly stored: StoredBytes = {
    size: () => Promise.resolve(this.#size),
    readBack: (signal) => Promise.resolve(new FileReader(this.#handle, { start: 0, end: this.#size ?? 0, closes: false, signal })),
  };

  /** Puts it in its final place, in the folder that it lies in, and makes that durable. @throws EEXIST when `overwrite` is false and the name is taken */
  async publish(name: string, overwrite: boolean): Promise<void> {
    await this.#synced;
    await this.#handle.close();
    const target = nodePath.join(this.#options.folder, name);
    if (overwrite) await rename(this.#path, target);
    else await moveToFreeName(this.#path, target);
    await this.#folderUse.sync();
    await this.#end();
  }

  /** Leaves it for a later save. */
  async keep(): Promise<void> {
    await this.#handle.close();
    await this.#end();
  }

  async discard(): Promise<void> {
    await this.#handle.close();
    await rm(this.#path, { force: true });
    await this.#end();
  }

  /** Starts the sync, but does not wait for it: the bytes are read back meanwhile, and publishing waits for both. */
  async #finish(): Promise<void> {
    const { modified } = this.#options;
    const mode = permissions(this.#options.mode);
    const stats = await this.#handle.stat();
    // The process's umask may have taken bits away from those that the file was made with.
    if (mode !== undefined && (stats.mode & 0o777) !== mode) await this.#handle.chmod(mode);
    if (modified !== undefined) await this.#handle.utimes(modified, modified);
    this.#size = stats.size;
    this.#synced = this.#handle.sync();
    this.#synced.catch(() => undefined);
  }

  async #end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#folderUse.release();
  }
}

/** Windows knows one bit only, read-only, and refuses to move or remove files that have it. */
function permissions(mode: number | undefined): number | undefined {
  return mode === undefined || process.platform === 'win32' ? undefined : mode & 0o777;
}
