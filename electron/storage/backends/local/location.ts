import { mkdir, rmdir, statfs, unlink } from 'node:fs/promises';
import nodePath from 'node:path';
import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileInstance, UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import type { ProbeReport } from '../../../../shared/storage/location.ts';
import { type LocationPath, baseName, parentPath, parseLocationPath } from '../../../../shared/storage/path.ts';
import type { KnownFile, OperationOptions } from '../../storage-backend.ts';
import { StorageLocation } from '../../storage-location.ts';
import { LocalBackend } from './backend.ts';
import { type LocalContext, requireWritable } from './context.ts';
import { inspect, inspectIfThere, refusal, systemCode, toInstance } from './entry.ts';
import { listFolder } from './listing.ts';
import { moveEntry } from './move.ts';
import { probeFolder } from './probe.ts';
import { removeTree } from './remove-tree.ts';
import { sweepFolder } from './sweep.ts';
import { discardUnfinished, listUnfinished } from './unfinished.ts';

/** A folder of this computer and all that is in it, but nothing outside of it. */
export class LocalLocation extends StorageLocation {
  readonly capabilities: Capabilities;
  readonly #context: LocalContext;

  constructor(context: LocalContext) {
    super();
    this.capabilities = context.capabilities;
    this.#context = context;
  }

  override async *list(path: LocationPath, { signal }: OperationOptions = {}): AsyncGenerator<readonly FileInstance[]> {
    const { root } = this.#context;
    const parsed = parseLocationPath(path);
    const pages = listFolder(root, parsed, await root.real(parsed), signal);
    try {
      for (;;) {
        const { done, value } = await root.explain(parsed, 'list', () => pages.next(), signal);
        if (done === true) return;
        yield value;
      }
    } finally {
      await pages.return(undefined);
    }
  }

  override async stat(path: LocationPath, { signal }: OperationOptions = {}): Promise<FileInstance> {
    const { root } = this.#context;
    const parsed = parseLocationPath(path);
    root.absolute(parsed);
    return root.explain(parsed, 'look at', async () => {
      if (parsed === '') return toInstance(root, '', await inspect(root, root.folder, '.'));
      return toInstance(root, parsed, await inspect(root, await root.real(parentPath(parsed)), baseName(parsed)));
    }, signal);
  }

  override async makeDirectory(path: LocationPath, { signal }: OperationOptions = {}): Promise<void> {
    requireWritable(this.#context);
    const { root } = this.#context;
    const parsed = parseLocationPath(path);
    root.absolute(parsed);
    if (parsed === '') return void (await this.stat(''));
    await root.explain(parsed, 'make the folder', () => this.#makeFolder(parsed), signal);
  }

  override async move(from: LocationPath, to: LocationPath, { overwrite = false, signal }: OperationOptions & { readonly overwrite?: boolean } = {}): Promise<void> {
    requireWritable(this.#context);
    const [source, target] = [parseLocationPath(from), parseLocationPath(to)];
    this.#requireBelowRoot(source);
    this.#requireBelowRoot(target);
    await this.#context.root.explain(source, `move to ${JSON.stringify(target)}:`, () => moveEntry(this.#context, source, target, overwrite), signal);
  }

  override async remove(path: LocationPath, { recursive = false, signal }: OperationOptions & { readonly recursive?: boolean } = {}): Promise<void> {
    requireWritable(this.#context);
    const { root, folderSync } = this.#context;
    const parsed = parseLocationPath(path);
    this.#requireBelowRoot(parsed);
    await root.explain(parsed, 'remove', async () => {
      signal?.throwIfAborted();
      const folder = await root.real(parentPath(parsed));
      const place = nodePath.join(folder, baseName(parsed));
      const entry = await inspect(root, folder, baseName(parsed));
      if (entry.kind !== 'folder' || entry.real !== place) await unlink(place);
      else if (recursive) await removeTree(place, signal);
      else await removeEmpty(parsed, place);
      await folderSync.sync(folder);
    }, signal);
  }

  override async sweep(folder: LocationPath, { signal }: OperationOptions = {}): Promise<void> {
    const { root, facts } = this.#context;
    const parsed = parseLocationPath(folder);
    if (facts.writable === 'yes') await root.explain(parsed, 'tidy', async () => sweepFolder(await root.real(parsed)), signal);
  }

  /** Of the whole disk: `available` is what this user may still write. */
  override async space({ signal }: OperationOptions = {}): Promise<{ readonly available: number; readonly used: number }> {
    const { root } = this.#context;
    const { bavail, bfree, blocks, bsize } = await root.explain('', 'look at', () => statfs(root.folder), signal);
    return { available: bavail * bsize, used: (blocks - bfree) * bsize };
  }

  override async unfinished(folder: LocationPath, { signal }: OperationOptions = {}): Promise<readonly UnfinishedUpload[]> {
    const { root } = this.#context;
    const parsed = parseLocationPath(folder);
    return root.explain(parsed, 'look through', async () => listUnfinished(await root.real(parsed), parsed, signal), signal);
  }

  override async discard({ id, path }: UnfinishedUpload): Promise<void> {
    requireWritable(this.#context);
    await this.#context.root.explain(path, 'remove', () => discardUnfinished(this.#context.root, id));
  }

  override file(path: LocationPath, known: KnownFile = {}): LocalBackend {
    return new LocalBackend(this.#context, parseLocationPath(path), known);
  }

  override probe({ signal }: OperationOptions = {}): Promise<ProbeReport> {
    return this.#context.root.explain('', 'try', () => probeFolder(this.#context.root), signal);
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  #requireBelowRoot(path: LocationPath): void {
    this.#context.root.absolute(path);
    if (path === '') throw new StorageError('invalid_location', 'The folder of the location itself can be neither moved nor removed.');
  }

  /** One level at a time, each inside of what its parent really is, so that no link leads outside. */
  async #makeFolder(path: LocationPath): Promise<void> {
    const { root, folderSync } = this.#context;
    const above = parentPath(path);
    if (above !== '') await this.#makeFolder(above);
    const folder = await root.real(above);
    try {
      await mkdir(nodePath.join(folder, baseName(path)));
    } catch (error) {
      const there = systemCode(error) === 'EEXIST' ? await inspectIfThere(root, folder, baseName(path)) : null;
      if (there === null) throw error;
      if (there.kind === 'refused') throw refusal(path, there.why);
      if (there.kind !== 'folder') throw new StorageError('already_exists', `${JSON.stringify(path)} exists already and is not a folder.`, { context: { path }, cause: error });
      return;
    }
    await folderSync.sync(folder);
  }
}

/** A folder that looks empty may still hold the partial file of a crashed run. */
async function removeEmpty(path: LocationPath, place: string): Promise<void> {
  try {
    await rmdir(place);
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    if ((await sweepFolder(place)) > 0) return removeEmpty(path, place);
    throw new StorageError('already_exists', `The folder ${JSON.stringify(path)} is not empty.`, { context: { path }, cause: error });
  }
}
