import { constants, copyFile, open, rm, unlink } from 'node:fs/promises';
import nodePath from 'node:path';
import type { Readable } from 'node:stream';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type LocationPath, baseName, parentPath } from '../../../../shared/storage/path.ts';
import { type KeptPart, type KnownFile, type OpenOptions, type OperationOptions, type SaveStreamOptions, StorageBackend } from '../../storage-backend.ts';
import type { WriteHandle } from '../../write-handle.ts';
import { type LocalContext, requireWritable } from './context.ts';
import { type Entry, inspect, inspectIfThere, refusal, requireFile } from './entry.ts';
import { FileReader } from './file-reader.ts';
import { FileWriter } from './file-writer.ts';
import { openRegular } from './open-regular.ts';
import { PartialFile } from './partial-file.ts';
import { isKeptName } from '../../partial-name.ts';

/** One file of a folder. A save goes into a partial file beside it, is synced and proven there, and then takes its name in one step. */
export class LocalBackend extends StorageBackend<LocalContext> {
  readonly path: LocationPath;

  /** @throws StorageError invalid_location when the path names no file, or leads outside */
  constructor(context: LocalContext, path: LocationPath, known: KnownFile = {}) {
    if (path === '') throw new StorageError('invalid_location', 'An empty path names the folder of the location, not a file.');
    context.root.absolute(path);
    super(context, context.root.uri(path), known);
    this.path = path;
  }

  /** A link or a special file is refused unless the location follows it; a pipe never hangs. */
  override async open({ start = 0, end = Number.MAX_SAFE_INTEGER, signal }: OpenOptions = {}): Promise<Readable> {
    return this.#explain('open', signal, async () => {
      signal?.throwIfAborted();
      const handle = await openRegular(this.path, requireFile(this.path, await this.#inspect()), 'read');
      const { size } = await handle.stat();
      return new FileReader(handle, { start, end: Math.min(size, end + 1), closes: true, signal });
    });
  }

  override async size({ signal }: OperationOptions = {}): Promise<number> {
    return this.#explain('look at', signal, async () => requireFile(this.path, await this.#inspect()).stats.size);
  }

  override async kept(token: string, { signal }: OperationOptions = {}): Promise<KeptPart | null> {
    if (!isKeptName(token)) return null;
    return this.#explain('look at', signal, async () => {
      const path = nodePath.join(await this.#folder(), token);
      const entry = await inspectIfThere(this.context.root, nodePath.dirname(path), token);
      if (entry?.kind !== 'file') return null;
      const { size } = entry.stats;
      return { size, open: async () => new FileReader(await openRegular(this.path, entry, 'read'), { start: 0, end: size, closes: true, signal }) };
    });
  }

  override async forget(token: string): Promise<void> {
    if (!isKeptName(token)) return;
    requireWritable(this.context);
    await this.#explain('remove', undefined, async () => rm(nodePath.join(await this.#folder(), token), { force: true }));
  }

  /** Removes a link itself, never what it leads to. */
  override async delete({ signal }: OperationOptions = {}): Promise<void> {
    requireWritable(this.context);
    return this.#explain('delete', signal, async () => {
      signal?.throwIfAborted();
      const folder = await this.#folder();
      const name = baseName(this.path);
      const entry = await inspect(this.context.root, folder, name);
      if (entry.kind === 'folder' && entry.real === nodePath.join(folder, name)) requireFile(this.path, entry);
      await unlink(nodePath.join(folder, name));
      await this.context.folderSync.sync(folder);
    });
  }

  /** Makes a file of that size which takes no space until it is filled. @throws StorageError already_exists */
  protected override async _initialize(size: number): Promise<undefined> {
    requireWritable(this.context);
    await this.#explain('allocate', undefined, async () => {
      const folder = await this.#folder();
      const place = nodePath.join(folder, baseName(this.path));
      const handle = await open(place, 'wx');
      try {
        await handle.truncate(size);
        await handle.sync();
      } catch (error) {
        await unlink(place);
        throw error;
      } finally {
        await handle.close();
      }
      await this.context.folderSync.sync(folder);
    });
  }

  protected override getSaveStream(options: SaveStreamOptions): Promise<WriteHandle> {
    requireWritable(this.context);
    return this.#explain('store', options.signal, async () => {
      const { name, ...partialOptions } = await this.#destination(options);
      const { resume } = options;
      const kept = resume?.token && isKeptName(resume.token) ? await PartialFile.goOn(resume.token, partialOptions) : null;
      const partial = kept ?? (await PartialFile.create(partialOptions, resume !== undefined));
      resume?.keep(partial.name);
      const stream = await partial.stream();
      return { stream, resumed: () => stream.resumption, ...(resume !== undefined && { keep: () => partial.keep() }), ...this.#unpublished(partial, name, options.overwrite) };
    });
  }

  /** Writes in place: what was written before a failure stays, as in every storage that can update. */
  protected override getUpdateStream(seek: number, { signal }: OperationOptions): Promise<WriteHandle> {
    requireWritable(this.context);
    return this.#explain('update', signal, async () => {
      const handle = await openRegular(this.path, requireFile(this.path, await this.#inspect()), 'write');
      return {
        stream: new FileWriter(handle, seek, () => handle.sync()),
        commit: async () => {
          await handle.close();
          return undefined;
        },
        abort: () => handle.close(),
      };
    });
  }

  /** Only as a clone, which is instant and takes no space: a plain copy is better streamed, with progress, cancellation and a digest on the way. */
  protected override async getCopy(source: StorageBackend, options: SaveStreamOptions): Promise<Omit<WriteHandle, 'stream'> | null> {
    if (!(source instanceof LocalBackend) || this.context.facts.clones !== true) return null;
    requireWritable(this.context);
    const original = await source.#explain('copy', options.signal, () => source.#inspect());
    return this.#explain('copy', options.signal, async () => {
      const { name, ...partialOptions } = await this.#destination(options);
      const path = PartialFile.newPath(partialOptions.folder);
      try {
        await copyFile(requireFile(source.path, original).real, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
      } catch {
        // Another file system, or one that clones only sometimes; what it could not do, the stream can, or says why not.
        return null;
      }
      return this.#unpublished(await PartialFile.adopt(path, partialOptions), name, options.overwrite);
    });
  }

  #unpublished(partial: PartialFile, name: string, overwrite: boolean): Omit<WriteHandle, 'stream'> {
    return {
      stored: partial.stored,
      commit: () =>
        this.#explain('publish', undefined, async () => {
          await partial.publish(name, overwrite);
          return undefined;
        }),
      abort: () => partial.discard(),
    };
  }

  /** Where the file will be published; a link that is followed leads to the place of its target. */
  async #destination({ overwrite, mode, modified }: SaveStreamOptions) {
    const { root, folderSync } = this.context;
    const folder = await this.#folder();
    const entry = await inspectIfThere(root, folder, baseName(this.path));
    if (entry !== null) this.#requireReplaceable(entry, overwrite);
    const place = entry?.real ?? nodePath.join(folder, baseName(this.path));
    return { folder: nodePath.dirname(place), name: nodePath.basename(place), folderSync, modified, mode: mode ?? entry?.stats.mode };
  }

  #requireReplaceable(entry: Entry, overwrite: boolean): void {
    const taken = (what: string) => new StorageError('already_exists', `${JSON.stringify(this.path)} ${what}.`, { context: { path: this.path } });
    if (entry.kind === 'folder') throw taken('is a folder already');
    if (!overwrite) throw taken('exists already');
    if (entry.kind === 'refused') throw refusal(this.path, entry.why);
  }

  #folder(): Promise<string> {
    return this.context.root.real(parentPath(this.path));
  }

  async #inspect(): Promise<Entry> {
    return inspect(this.context.root, await this.#folder(), baseName(this.path));
  }

  #explain<T>(doing: string, signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    return this.context.root.explain(this.path, doing, action, signal);
  }
}
