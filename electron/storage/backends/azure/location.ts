import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileDetail, FileInstance, FileVersion, UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import type { ProbeReport } from '../../../../shared/storage/location.ts';
import { type LocationPath, baseName, parseLocationPath } from '../../../../shared/storage/path.ts';
import { folderUriOf } from '../../http/uri.ts';
import type { KnownFile, OperationOptions } from '../../storage-backend.ts';
import { StorageLocation } from '../../storage-location.ts';
import { AzureBackend } from './backend.ts';
import type { AzureContext } from './context.ts';
import { stoppedBy } from './client.ts';
import { detailsOf } from './details.ts';
import { makeFolder } from './folders.ts';
import { folderState, isFolderMark, listFolder } from './listing.ts';
import { modifiedOf, sizeOf } from './plain-requests.ts';
import { moveFile, moveFolder, removeFolder } from './tree.ts';
import { discardUpload, unfinishedUploads } from './unfinished.ts';
import { listVersions } from './versions.ts';
import type { Findings } from './findings.ts';

export interface AzureLocationOptions {
  readonly context: AzureContext;
  probe(options: OperationOptions): Promise<ProbeReport>;
}

/** A container, or a folder of it. Folders are beginnings of names; an empty one is kept by an empty blob that stands for it. */
export class AzureLocation extends StorageLocation {
  readonly #context: AzureContext;
  readonly #probe: AzureLocationOptions['probe'];

  constructor({ context, probe }: AzureLocationOptions) {
    super();
    this.#context = context;
    this.#probe = probe;
  }

  get capabilities(): Capabilities {
    return this.#context.capabilities;
  }

  override get findings(): Findings {
    return this.#context.findings;
  }

  override async *list(path: LocationPath, { signal }: OperationOptions = {}): AsyncGenerator<readonly FileInstance[]> {
    const folder = parseLocationPath(path);
    this.#requireList(folder);
    let empty = true;
    for await (const page of listFolder(this.#context.client, folder, this.#context.findings.write && !this.#context.readOnly, signal)) {
      empty = false;
      yield page;
    }
    if (!empty || folder === '') return;
    const { kind } = await this.stat(folder, { signal });
    if (kind === 'file') throw new StorageError('invalid_location', `${this.#context.client.uri(folder)} is a blob, not a folder.`, { context: { path: folder } });
  }

  override async stat(path: LocationPath, { signal }: OperationOptions = {}): Promise<FileInstance> {
    const { client, findings, readOnly } = this.#context;
    const checked = parseLocationPath(path);
    const uri = client.uri(checked);
    const common = { path: checked, name: baseName(checked), checksum: null, readable: true, writable: findings.write && !readOnly };
    const folder: FileInstance = { ...common, kind: 'folder', uri: folderUriOf(client.address.root, checked), size: null, modified: null };
    if (checked === '') return folder;
    try {
      const { headers } = await client.ask(`look up ${uri}`, uri, () => client.plain.ask({ method: 'HEAD', name: client.name(checked), signal }), signal);
      if (isFolderMark({ hdi_isfolder: headers['x-ms-meta-hdi_isfolder'] ?? '' })) return folder;
      return { ...common, kind: 'file', uri, size: sizeOf(headers), modified: modifiedOf(headers), readable: headers['x-ms-access-tier'] !== 'Archive' };
    } catch (error) {
      if (error instanceof StorageError && error.code === 'not_found' && findings.list && (await folderState(client, checked, signal)) !== 'missing') return folder;
      throw error;
    }
  }

  override async makeDirectory(path: LocationPath, { signal }: OperationOptions = {}): Promise<void> {
    const folder = parseLocationPath(path);
    this.#requireWritable(folder);
    if (!this.capabilities.makeDirectory) throw new StorageError('unsupported', `Nothing can be stored here, so no folder can be made: ${this.#context.client.uri(folder)}.`);
    await makeFolder(this.#context.client, folder, signal);
  }

  override async move(from: LocationPath, to: LocationPath, { overwrite = false, signal }: OperationOptions & { readonly overwrite?: boolean } = {}): Promise<void> {
    const [source, target] = [parseLocationPath(from), parseLocationPath(to)];
    const { client } = this.#context;
    this.#requireWritable(source);
    if (!this.capabilities.move) throw new StorageError('unsupported', `Blobs cannot be copied and deleted here, which is how they are renamed: ${client.uri(source)}.`);
    if (source === '' || target === '') throw new StorageError('invalid_location', 'The root of a location cannot be moved.');
    const { kind } = await this.stat(source, { signal });
    if (kind === 'folder' && `${target}/`.startsWith(`${source}/`)) throw new StorageError('invalid_location', `The folder ${client.uri(source)} cannot be moved into itself.`, { context: { path: target } });
    if (source === target) return;
    const there = await this.#kindOf(target, signal);
    if (there === 'folder' || (there === 'file' && (kind === 'folder' || !overwrite))) throw new StorageError('already_exists', `${client.uri(target)} exists already.`, { context: { path: target } });
    if (kind === 'file') return moveFile(client, source, target, { overwrite, signal });
    await moveFolder(client, source, target, signal);
  }

  override async remove(path: LocationPath, { recursive = false, signal }: OperationOptions & { readonly recursive?: boolean } = {}): Promise<void> {
    const checked = parseLocationPath(path);
    const { client } = this.#context;
    if (checked === '') throw new StorageError('invalid_location', 'The root of a location cannot be removed.');
    this.#requireWritable(checked);
    if (!this.capabilities.delete) throw new StorageError('unsupported', `Blobs cannot be deleted here: ${client.uri(checked)}.`);
    const { kind, uri } = await this.stat(checked, { signal });
    if (kind === 'file') {
      await client.ask(`delete ${uri}`, uri, () => client.blob(checked).delete({ ...stoppedBy(signal), ...(recursive && { deleteSnapshots: 'include' }) }), signal);
      return;
    }
    if (!recursive && (await folderState(client, checked, signal)) === 'full') throw new StorageError('already_exists', `The folder ${uri} is not empty.`, { context: { path: checked } });
    await removeFolder(client, checked, signal);
  }

  override file(path: LocationPath, known?: KnownFile): AzureBackend {
    const checked = parseLocationPath(path);
    if (checked === '') throw new StorageError('invalid_location', 'The root of a location is a folder: expected a file.');
    return new AzureBackend(this.#context, checked, known);
  }

  override async *versions(path: LocationPath, { signal }: OperationOptions = {}): AsyncGenerator<readonly FileVersion[]> {
    const checked = parseLocationPath(path);
    const { client } = this.#context;
    if (!this.capabilities.versions) throw new StorageError('unsupported', `Snapshots and versions cannot be listed here: ${client.uri(checked)}.`);
    const found = await listVersions(client, checked, signal);
    if (found.length === 0) throw new StorageError('not_found', `There is no blob ${client.uri(checked)}.`, { context: { path: checked } });
    yield found;
  }

  override async link(path: LocationPath, seconds: number, { signal }: OperationOptions = {}): Promise<string> {
    const checked = parseLocationPath(path);
    const { client } = this.#context;
    const { signer, sdk, address } = client;
    if (signer === null) throw new StorageError('unsupported', `Only an account key can sign a link to ${client.uri(checked)}.`);
    if (!Number.isFinite(seconds) || seconds <= 0) throw new StorageError('invalid_config', `A link cannot be valid for ${seconds} seconds: expected a number above 0.`);
    await this.#requireFile(checked, signal);
    const { name, containerName } = client.blob(checked);
    const expiresOn = new Date(Date.now() + seconds * 1000);
    const query = sdk.generateBlobSASQueryParameters({ containerName, blobName: name, permissions: sdk.BlobSASPermissions.parse('r'), expiresOn, ...(address.endpoint.startsWith('https:') && { protocol: sdk.SASProtocol.Https }) }, signer);
    return `${client.uri(checked)}?${query.toString()}`;
  }

  override async details(path: LocationPath, { signal }: OperationOptions = {}): Promise<readonly FileDetail[]> {
    const checked = parseLocationPath(path);
    const { client } = this.#context;
    const uri = client.uri(checked);
    return detailsOf(await client.ask(`look up ${uri}`, uri, () => client.blob(checked).getProperties(stoppedBy(signal)), signal));
  }

  override async unfinished(folder: LocationPath, { signal }: OperationOptions = {}): Promise<readonly UnfinishedUpload[]> {
    const checked = parseLocationPath(folder);
    return this.capabilities.list && this.capabilities.resume ? unfinishedUploads(this.#context.client, checked, signal) : [];
  }

  override async discard(upload: UnfinishedUpload): Promise<void> {
    this.#requireWritable(upload.path);
    await discardUpload(this.#context, { ...upload, path: parseLocationPath(upload.path) });
  }

  override probe(options: OperationOptions = {}): Promise<ProbeReport> {
    return this.#probe(options);
  }

  override close(): Promise<void> {
    return this.#context.client.close();
  }

  async #requireFile(path: LocationPath, signal: AbortSignal | undefined): Promise<void> {
    const { kind, uri } = await this.stat(path, { signal });
    if (kind === 'folder') throw new StorageError('invalid_location', `${uri} is a folder: expected a file.`, { context: { path } });
  }

  async #kindOf(path: LocationPath, signal: AbortSignal | undefined): Promise<FileInstance['kind'] | null> {
    try {
      return (await this.stat(path, { signal })).kind;
    } catch (error) {
      if (error instanceof StorageError && error.code === 'not_found') return null;
      throw error;
    }
  }

  #requireList(path: LocationPath): void {
    if (!this.capabilities.list) throw new StorageError('unsupported', `Blobs cannot be listed here, so ${folderUriOf(this.#context.client.address.root, path)} cannot be browsed; they can be opened by name.`);
  }

  #requireWritable(path: LocationPath): void {
    if (this.#context.readOnly) throw new StorageError('permission_denied', `This location is set to read only: nothing is changed at ${this.#context.client.uri(path)}.`, { context: { uri: this.#context.client.uri(path), reason: 'location_read_only' } });
  }
}
