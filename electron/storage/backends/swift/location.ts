import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileDetail, FileInstance, UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import type { ProbeReport } from '../../../../shared/storage/location.ts';
import { type LocationPath, baseName, parseLocationPath } from '../../../../shared/storage/path.ts';
import { type HttpClient, discard } from '../../http/http-client.ts';
import type { KnownFile, OperationOptions } from '../../storage-backend.ts';
import { StorageLocation } from '../../storage-location.ts';
import { SwiftBackend } from './backend.ts';
import { type SwiftContext, requireRemovable, requireWritable } from './context.ts';
import { describeObject } from './details.ts';
import { inParallel } from './in-parallel.ts';
import { listObjects, toInstances } from './listing.ts';
import { moveFolder, moveObject } from './move.ts';
import { containerUri } from './names.ts';
import { MD5_OF_NOTHING, askObjectIfThere } from './object-facts.ts';
import { probeContainer } from './probe.ts';
import { alreadyExists, removeObject } from './replace.ts';
import { ask } from './refusal.ts';
import { reportLines } from './report.ts';
import { MANY } from './segment-store.ts';
import { spaceOf } from './space.ts';
import { tempUrl } from './temp-url.ts';
import { discardUpload, unfinishedUploads } from './unfinished.ts';
import type { Findings } from './findings.ts';

/** A container, or a folder in it. Folders are what names have in common up to a slash; an empty object with a slash at its end keeps an empty one. */
export class SwiftLocation extends StorageLocation {
  readonly capabilities;
  readonly #context: SwiftContext;
  readonly #plain: HttpClient;

  /** @param plain asks the same server without a token */
  constructor(context: SwiftContext, plain: HttpClient) {
    super();
    this.#context = context;
    this.#plain = plain;
    this.capabilities = context.capabilities;
  }

  override get findings(): Findings {
    return this.#context.findings;
  }

  override async *list(path: LocationPath, { signal }: OperationOptions = {}): AsyncGenerator<readonly FileInstance[]> {
    const folder = parseLocationPath(path);
    const { client, place, findings } = this.#context;
    const prefix = place.folderOf(folder);
    if (!this.capabilities.list) throw new StorageError('unsupported', `This user may not list the container, so ${place.root} cannot be browsed; files can be opened by name.`);
    const seen = new Set<string>();
    let empty = true;
    for await (const page of listObjects(client, containerUri(place.storageUrl, place.container), { prefix, folders: true, signal })) {
      empty &&= page.length === 0;
      const files = toInstances(page, { place, folder, writable: findings.write, seen });
      if (files.length > 0) yield await this.#withFacts(files, signal);
    }
    if (empty && folder !== '') await this.#requireFolder(folder, signal);
  }

  override async stat(path: LocationPath, { signal }: OperationOptions = {}): Promise<FileInstance> {
    const checked = parseLocationPath(path);
    const { client, place, findings } = this.#context;
    const uri = checked === '' ? place.root : place.uriOf(place.nameOf(checked));
    const facts = checked === '' ? null : await askObjectIfThere(client, uri, { signal });
    const common = { path: checked, name: baseName(checked), checksum: null, readable: true, writable: findings.write };
    if (facts !== null && facts.kind !== 'folder') return { kind: 'file', uri, size: facts.size, modified: facts.modified, ...common, checksum: findings.computesMd5 ? facts.md5 : null };
    if (checked !== '' && facts === null && !(await this.#hasNames(checked, signal))) throw notFound(uri);
    return { kind: 'folder', uri: uri.endsWith('/') ? uri : `${uri}/`, size: null, modified: null, ...common };
  }

  override async makeDirectory(path: LocationPath, { signal }: OperationOptions = {}): Promise<void> {
    const names = parseLocationPath(path).split('/');
    requireWritable(this.#context);
    if (!this.capabilities.makeDirectory) throw new StorageError('unsupported', `This user may not list the container, so an empty folder ${JSON.stringify(path)} would not be seen.`);
    const { client, place } = this.#context;
    for (let depth = 1; depth <= names.length && names[0] !== ''; depth++) {
      const name = place.nameOf(names.slice(0, depth).join('/'));
      const facts = await askObjectIfThere(client, place.uriOf(name), { signal });
      if (facts !== null && facts.kind !== 'folder') throw new StorageError('already_exists', `${place.uriOf(name)} is a file: no folder of that name can be made.`, { context: { uri: place.uriOf(name) } });
      if (facts !== null || (await askObjectIfThere(client, place.uriOf(`${name}/`), { signal })) !== null) continue;
      await discard(await ask(client, 'PUT', place.uriOf(`${name}/`), { signal, headers: { 'content-type': 'application/directory', 'content-length': '0' } }));
    }
  }

  override async move(from: LocationPath, to: LocationPath, { overwrite = false, signal }: OperationOptions & { readonly overwrite?: boolean } = {}): Promise<void> {
    const source = parseLocationPath(from);
    const target = parseLocationPath(to);
    requireWritable(this.#context);
    if (source === '' || target === '') throw new StorageError('invalid_location', 'The root of a location cannot be moved or replaced.');
    if (!this.capabilities.move) throw new StorageError('unsupported', `This server cannot copy inside the storage, so ${JSON.stringify(source)} cannot be renamed.`);
    const { place } = this.#context;
    if (target === source || target.startsWith(`${source}/`)) throw new StorageError(target === source ? 'already_exists' : 'invalid_location', `${JSON.stringify(source)} cannot be moved to ${JSON.stringify(target)}, which lies in itself.`);
    const { kind } = await this.stat(source, { signal });
    const there = await this.#statIfThere(target, signal);
    if (there !== null && (!overwrite || there.kind === 'folder' || kind === 'folder')) throw alreadyExists(there.uri);
    if (kind === 'file') return moveObject(this.#context, place.nameOf(source), place.nameOf(target), { overwrite, signal });
    await moveFolder(this.#context, place.folderOf(source), place.folderOf(target), { signal });
    await this.#removeMark(source, signal);
  }

  override async remove(path: LocationPath, { recursive = false, signal }: OperationOptions & { readonly recursive?: boolean } = {}): Promise<void> {
    const checked = parseLocationPath(path);
    if (checked === '') throw new StorageError('invalid_location', 'The root of a location cannot be removed.');
    requireRemovable(this.#context);
    const { client, place } = this.#context;
    const { kind, uri } = await this.stat(checked, { signal });
    if (kind === 'file') return removeObject(this.#context, uri, { signal });
    const prefix = place.folderOf(checked);
    for await (const page of listObjects(client, containerUri(place.storageUrl, place.container), { prefix, signal, ...(!recursive && { limit: 2 }) })) {
      if (!recursive && page.some(({ name }) => name !== prefix)) throw new StorageError('already_exists', `The folder ${uri} is not empty.`, { context: { uri } });
      await inParallel(page, MANY, async (listed) => {
        signal?.throwIfAborted();
        await removeIfThere(this.#context, place.uriOf(listed.name), signal);
      });
    }
    await this.#removeMark(checked, signal);
  }

  override file(path: LocationPath, known?: KnownFile): SwiftBackend {
    const checked = parseLocationPath(path);
    if (checked === '') throw new StorageError('invalid_location', 'The root of a location is a folder: expected a file.');
    return new SwiftBackend(this.#context, checked, known);
  }

  override link(path: LocationPath, seconds: number): Promise<string> {
    const { place, findings, session } = this.#context;
    if (findings.link === null) return Promise.reject(new StorageError('unsupported', `No link to ${JSON.stringify(path)} can be made: neither the account nor the container has a key for temporary URLs that this user may see and that works.`));
    return Promise.resolve(tempUrl(place.uriOf(place.nameOf(path)), findings.link, Math.ceil(session.serverNow / 1000) + seconds));
  }

  override details(path: LocationPath, options: OperationOptions = {}): Promise<readonly FileDetail[]> {
    const { place } = this.#context;
    return describeObject(this.#context, place.uriOf(place.nameOf(path)), options);
  }

  override space(options: OperationOptions = {}): Promise<{ readonly available: number | null; readonly used: number | null } | null> {
    return spaceOf(this.#context, options);
  }

  override unfinished(folder: LocationPath, options: OperationOptions = {}): Promise<readonly UnfinishedUpload[]> {
    return unfinishedUploads(this.#context, folder, options);
  }

  override discard(upload: UnfinishedUpload, options: OperationOptions = {}): Promise<void> {
    return discardUpload(this.#context, upload, options);
  }

  override async probe({ signal }: OperationOptions = {}): Promise<ProbeReport> {
    const findings = await probeContainer({ ...this.#context, plain: this.#plain, signal });
    return { ok: true, lines: reportLines(findings, this.#context) };
  }

  override async close(): Promise<void> {
    await Promise.all([this.#context.client.close(), this.#plain.close(), this.#context.session.close()]);
  }

  /** What a listing says of objects that may be large files is not taken: they are asked for. */
  async #withFacts(files: readonly FileInstance[], signal: AbortSignal | undefined): Promise<readonly FileInstance[]> {
    const { computesMd5, segments } = this.#context.findings;
    const told = files.map((file) => ({ ...file, checksum: computesMd5 && (segments?.marked === true || segments?.asEmpty === true) ? file.checksum : null }));
    if (segments?.sized === true) return told;
    const allDoubtful = segments !== null && !segments.asEmpty;
    const doubtful = [...files.entries()].filter(([, { kind, checksum }]) => kind === 'file' && (allDoubtful || checksum === MD5_OF_NOTHING));
    await inParallel(doubtful, MANY, async ([index, file]) => {
      const facts = await askObjectIfThere(this.#context.client, file.uri, { signal });
      told[index] = { ...file, size: facts?.size ?? null, checksum: computesMd5 ? (facts?.md5 ?? null) : null };
    });
    return told;
  }

  async #statIfThere(path: LocationPath, signal: AbortSignal | undefined): Promise<FileInstance | null> {
    try {
      return await this.stat(path, { signal });
    } catch (error) {
      if (error instanceof StorageError && error.code === 'not_found') return null;
      throw error;
    }
  }

  /** Something lies below it, be it only the mark that it is there. */
  async #hasNames(folder: LocationPath, signal: AbortSignal | undefined): Promise<boolean> {
    const { client, place } = this.#context;
    if (!this.capabilities.list) return false;
    for await (const page of listObjects(client, containerUri(place.storageUrl, place.container), { prefix: place.folderOf(folder), limit: 1, signal })) return page.length > 0;
    return false;
  }

  async #requireFolder(folder: LocationPath, signal: AbortSignal | undefined): Promise<void> {
    const { client, place } = this.#context;
    const uri = place.uriOf(place.nameOf(folder));
    const facts = await askObjectIfThere(client, uri, { signal });
    if (facts === null) throw notFound(uri);
    if (facts.kind !== 'folder') throw new StorageError('invalid_location', `${uri} is a file: expected a folder.`, { context: { uri } });
  }

  /** Other programs mark a folder by an object of its bare name. */
  async #removeMark(folder: LocationPath, signal: AbortSignal | undefined): Promise<void> {
    const { client, place } = this.#context;
    const uri = place.uriOf(place.nameOf(folder));
    if ((await askObjectIfThere(client, uri, { signal }))?.kind === 'folder') await discard(await ask(client, 'DELETE', uri, { signal }));
  }
}

async function removeIfThere(context: SwiftContext, uri: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await removeObject(context, uri, { signal });
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'not_found') throw error;
  }
}

function notFound(uri: string): StorageError {
  return new StorageError('not_found', `There is no file or folder ${uri}.`, { context: { uri } });
}
