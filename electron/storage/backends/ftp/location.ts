import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileDetail, FileInstance, UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import type { ProbeReport } from '../../../../shared/storage/location.ts';
import { type LocationPath, baseName, parentPath, parseLocationPath } from '../../../../shared/storage/path.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import { isKeptName } from '../../partial-name.ts';
import type { KnownFile, OperationOptions } from '../../storage-backend.ts';
import { StorageLocation } from '../../storage-location.ts';
import { FtpBackend, type FtpContext, requireWriting } from './backend.ts';
import type { FtpClient } from './client.ts';
import type { Entry } from './entry.ts';
import { instanceOf, pagesOf } from './listing.ts';
import { besidePath, serverPath, uriOf } from './names.ts';
import { type Findings, probeServer } from './probe.ts';
import { reportLines } from './report.ts';
import { listUnfinished, makeFolders, removeFolder, removeTree, sweepFolder } from './tree.ts';

/** A folder of an FTP server and all that is in it. */
export class FtpLocation extends StorageLocation {
  readonly capabilities: Capabilities;
  readonly #client: FtpClient;
  readonly #context: FtpContext;

  constructor(client: FtpClient, findings: Findings, { proof, sizeLimit }: Pick<ConnectConfig, 'proof' | 'sizeLimit'>) {
    super();
    this.#client = client;
    this.capabilities = capabilitiesOf(findings);
    this.#context = { client, findings, capabilities: this.capabilities, proof, sizeLimit };
  }

  override get findings(): Findings {
    return this.#context.findings;
  }

  override get connections(): number {
    return this.#client.settings.connections;
  }

  override async *list(path: LocationPath, options: OperationOptions = {}): AsyncGenerator<readonly FileInstance[]> {
    const folder = parseLocationPath(path);
    if (!this.capabilities.list) throw new StorageError('unsupported', `This server does not list ${uriOf(this.#client.naming, '')}; files can be opened by name.`);
    yield* pagesOf(this.#client, folder, this.#context.findings.writing !== null, options);
  }

  override async stat(path: LocationPath, options: OperationOptions = {}): Promise<FileInstance> {
    const checked = parseLocationPath(path);
    const writable = this.#context.findings.writing !== null;
    if (checked === '') return { kind: 'folder', path: '', name: '', uri: uriOf(this.#client.naming, ''), size: null, modified: null, checksum: null, readable: true, writable };
    return instanceOf(this.#client, parentPath(checked), { ...(await this.#look(checked, options)), name: baseName(checked) }, writable);
  }

  override async makeDirectory(path: LocationPath, options: OperationOptions = {}): Promise<void> {
    const checked = this.#writable(path);
    if (!this.capabilities.makeDirectory) throw new StorageError('unsupported', `This server makes no folders: ${checked}.`);
    await makeFolders(this.#client, checked, options);
  }

  override async move(from: LocationPath, to: LocationPath, { overwrite = false, ...options }: OperationOptions & { readonly overwrite?: boolean } = {}): Promise<void> {
    const [source, target] = [this.#belowRoot(this.#writable(from)), this.#belowRoot(this.#writable(to))];
    if (target.startsWith(`${source}/`)) throw new StorageError('invalid_location', `${JSON.stringify(source)} cannot be moved into itself.`, { context: { from, to } });
    const place = serverPath(this.#client.naming, target);
    const there = await this.#client.look(place, options);
    if (there !== null) {
      const moved = await this.#look(source, options);
      if (!overwrite || moved.kind !== there.kind) throw new StorageError('already_exists', `${place} exists already.`, { context: { path: target } });
      if (source === target) return;
      if (this.capabilities.noOverwrite) await this.#client.remove(place, options);
    }
    await this.#client.rename(serverPath(this.#client.naming, source), place, options);
  }

  override async remove(path: LocationPath, { recursive = false, ...options }: OperationOptions & { readonly recursive?: boolean } = {}): Promise<void> {
    const checked = this.#belowRoot(this.#writable(path));
    const { kind } = await this.#look(checked, options);
    if (kind !== 'folder') return this.#client.remove(serverPath(this.#client.naming, checked), options);
    if (recursive) return removeTree(this.#client, checked, options);
    // A folder that looks empty may still hold the partial file of a crashed run.
    await removeFolder(this.#client, checked, options).catch(async (error: unknown) => {
      if (!(error instanceof StorageError) || error.code !== 'already_exists' || (await sweepFolder(this.#client, checked, options)) === 0) throw error;
      await removeFolder(this.#client, checked, options);
    });
  }

  override file(path: LocationPath, known?: KnownFile): FtpBackend {
    return new FtpBackend(this.#context, parseLocationPath(path), known);
  }

  override async sweep(folder: LocationPath, options: OperationOptions = {}): Promise<void> {
    if (this.#context.findings.writing !== null && this.capabilities.list) await sweepFolder(this.#client, parseLocationPath(folder), options);
  }

  /** What MLST says beside size and time, e.g. the owner and the permission bits. */
  override async details(path: LocationPath, options: OperationOptions = {}): Promise<readonly FileDetail[]> {
    const { more, may } = await this.#look(parseLocationPath(path), options);
    return [...(may === null ? [] : [['perm', may] as const]), ...more].map(([label, value]) => ({ label, value }));
  }

  override unfinished(folder: LocationPath, options: OperationOptions = {}): Promise<readonly UnfinishedUpload[]> {
    return this.capabilities.list && this.capabilities.resume ? listUnfinished(this.#client, parseLocationPath(folder), options) : Promise.resolve([]);
  }

  override async discard({ id }: UnfinishedUpload, options: OperationOptions = {}): Promise<void> {
    const path = parseLocationPath(id);
    if (!isKeptName(baseName(path))) throw new StorageError('not_found', `There is no unfinished upload ${JSON.stringify(id)}.`);
    requireWriting(this.#context, uriOf(this.#client.naming, path));
    await this.#client.remove(besidePath(this.#client.naming, parentPath(path), baseName(path)), options);
  }

  override async probe({ signal }: OperationOptions = {}): Promise<ProbeReport> {
    const findings = await probeServer(this.#client, { readOnly: this.#client.settings.readOnly, signal });
    return { ok: true, lines: reportLines(this.#client, findings) };
  }

  override close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }

  async #look(path: LocationPath, options: OperationOptions): Promise<Entry> {
    const place = serverPath(this.#client.naming, path);
    const entry = await this.#client.look(place, options);
    if (entry === null) throw new StorageError('not_found', `There is no ${place} on the server.`, { context: { path } });
    return entry;
  }

  #writable(path: LocationPath): LocationPath {
    const checked = parseLocationPath(path);
    requireWriting(this.#context, serverPath(this.#client.naming, checked));
    return checked;
  }

  #belowRoot(path: LocationPath): LocationPath {
    if (path === '') throw new StorageError('invalid_location', 'The folder of the location itself can be neither moved nor removed.');
    return path;
  }
}

function capabilitiesOf({ list, rangeRead, digests, writing }: Findings): Capabilities {
  return {
    read: true,
    list,
    makeDirectory: writing?.makeDirectory ?? false,
    move: writing !== null,
    delete: writing !== null,
    rangeRead,
    initialize: false,
    update: false,
    resume: writing !== null && writing.resume !== null,
    noOverwrite: writing !== null && !writing.replaces,
    atomicPublish: writing !== null,
    preserveModified: writing !== null && writing.modified !== null,
    versions: false,
    link: false,
    serverDigest: digests.map(({ algorithm }) => algorithm),
    maximumSize: null,
  };
}
