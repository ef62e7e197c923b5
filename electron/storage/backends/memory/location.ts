import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileInstance, UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import type { ProbeReport } from '../../../../shared/storage/location.ts';
import { type LocationPath, baseName, parentPath, parseLocationPath } from '../../../../shared/storage/path.ts';
import type { KnownFile, OperationOptions } from '../../storage-backend.ts';
import { StorageLocation } from '../../storage-location.ts';
import { MemoryBackend, type MemoryContext, MemoryOwnDigestBackend, MemoryServerBackend } from './backend.ts';
import { addressOf } from './memory-storage.ts';

const PAGE = 500;

export class MemoryLocation extends StorageLocation {
  protected readonly context: MemoryContext;

  constructor(context: MemoryContext) {
    super();
    this.context = context;
  }

  get capabilities(): Capabilities {
    return this.context.capabilities;
  }

  async *list(text: LocationPath, options: OperationOptions = {}): AsyncGenerator<readonly FileInstance[]> {
    this.#require('list');
    const path = parseLocationPath(text);
    const { folders, names } = this.context.storage;
    if (names.has(path)) throw new StorageError('invalid_location', `${JSON.stringify(path)} is a file, not a folder.`, { context: { path } });
    if (!folders.has(path)) throw new StorageError('not_found', `There is no folder ${JSON.stringify(path)}.`, { context: { path } });
    const children = [...folders, ...names.keys()].filter((child) => child !== '' && parentPath(child) === path);
    for (let at = 0; at < children.length; at += PAGE) {
      options.signal?.throwIfAborted();
      yield await Promise.all(children.slice(at, at + PAGE).map((child) => this.stat(child)));
    }
  }

  async stat(text: LocationPath): Promise<FileInstance> {
    await Promise.resolve();
    const path = parseLocationPath(text);
    this.#require('read');
    const { storage, capabilities } = this.context;
    const common = { path, name: baseName(path), checksum: null, readable: true, writable: true };
    if (storage.folders.has(path)) return { ...common, kind: 'folder', uri: addressOf(path), size: null, modified: null };
    const uri = storage.uriOf(path);
    const { bytes, modified } = storage.object(uri);
    return { ...common, kind: 'file', uri, size: bytes.length, modified: modified.toISOString(), writable: capabilities.update };
  }

  async makeDirectory(text: LocationPath): Promise<void> {
    await Promise.resolve();
    this.#require('makeDirectory');
    this.context.storage.makeFolders(parseLocationPath(text));
  }

  async move(fromText: LocationPath, toText: LocationPath, options: { readonly overwrite?: boolean } = {}): Promise<void> {
    this.#require('move');
    const [from, to] = [parseLocationPath(fromText), parseLocationPath(toText)];
    const { storage } = this.context;
    await this.stat(from);
    const isFolder = storage.folders.has(from);
    if (isFolder && (to === from || to.startsWith(`${from}/`))) throw new StorageError('invalid_location', `${JSON.stringify(from)} cannot be moved into itself.`);
    if (from === to) return;
    if (storage.folders.has(to) || (storage.names.has(to) && !(options.overwrite === true && !isFolder))) throw new StorageError('already_exists', `${JSON.stringify(to)} exists already.`, { context: { path: to } });
    storage.makeFolders(parentPath(to));
    if (!isFolder) return this.#rename(from, to);
    const renamed = (path: LocationPath) => `${to}${path.slice(from.length)}`;
    for (const folder of [...storage.folders].filter((path) => path === from || path.startsWith(`${from}/`))) {
      storage.folders.delete(folder);
      storage.folders.add(renamed(folder));
    }
    for (const path of [...storage.names.keys()].filter((name) => name.startsWith(`${from}/`))) this.#rename(path, renamed(path));
  }

  async remove(text: LocationPath, options: { readonly recursive?: boolean } = {}): Promise<void> {
    this.#require('delete');
    const path = parseLocationPath(text);
    const { storage } = this.context;
    const { kind } = await this.stat(path);
    if (kind === 'file') return storage.remove(storage.uriOf(path));
    if (path === '') throw new StorageError('invalid_location', 'The root of a location cannot be removed.');
    const inside = (child: LocationPath) => child.startsWith(`${path}/`);
    const [files, folders] = [[...storage.names.keys()].filter(inside), [...storage.folders].filter(inside)];
    if (options.recursive !== true && files.length + folders.length > 0) throw new StorageError('already_exists', `The folder ${JSON.stringify(path)} is not empty.`, { context: { path } });
    for (const file of files) storage.remove(storage.uriOf(file));
    for (const folder of [...folders, path]) storage.folders.delete(folder);
  }

  file(text: LocationPath, known?: KnownFile): MemoryBackend {
    const path = parseLocationPath(text);
    if (path === '') throw new StorageError('invalid_location', 'An empty path names the root of the location, not a file.');
    if (this.context.decides !== null) return new MemoryOwnDigestBackend(this.context, path, known);
    return this.capabilities.serverDigest.length > 0 ? new MemoryServerBackend(this.context, path, known) : new MemoryBackend(this.context, path, known);
  }

  override unfinished(folder: LocationPath): Promise<readonly UnfinishedUpload[]> {
    const inside = (path: LocationPath) => folder === '' || path.startsWith(`${folder}/`);
    return Promise.resolve(
      [...this.context.storage.objects].flatMap(([id, { bytes, modified, keptFor }]) => (keptFor !== undefined && inside(keptFor) ? [{ id, path: keptFor, size: bytes.length, startedAt: modified.toISOString() }] : [])),
    );
  }

  override async discard(upload: UnfinishedUpload): Promise<void> {
    const { objects } = this.context.storage;
    if (objects.get(upload.id)?.keptFor === undefined) return super.discard(upload);
    objects.delete(upload.id);
  }

  probe(): Promise<ProbeReport> {
    return Promise.resolve({ ok: true, lines: [{ ok: true, text: 'Memory is always there.' }] });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #rename(from: LocationPath, to: LocationPath): void {
    const { storage } = this.context;
    const { bytes, modified } = storage.object(storage.uriOf(from));
    storage.remove(storage.uriOf(from));
    storage.publish(to, addressOf(to), bytes, modified, true);
  }

  #require(capability: 'read' | 'list' | 'makeDirectory' | 'move' | 'delete'): void {
    if (!this.capabilities[capability]) throw new StorageError('unsupported', `This storage does not offer ${capability}.`, { context: { capability } });
  }
}
