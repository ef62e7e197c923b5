import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileDetail, FileInstance, UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import type { ProbeReport } from '../../../../shared/storage/location.ts';
import { type LocationPath, parentPath, parseLocationPath } from '../../../../shared/storage/path.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import { folderUriOf, uriOf } from '../../http/uri.ts';
import type { KnownFile, OperationOptions } from '../../storage-backend.ts';
import { StorageLocation } from '../../storage-location.ts';
import { Turns } from '../../turns.ts';
import { WebdavBackend } from './backend.ts';
import { type WebdavContext, isLost, requireWritable } from './context.ts';
import type { DavClient } from './dav-client.ts';
import { DETAIL_PROPERTIES, OC_DETAIL_PROPERTIES, detailsOf } from './details.ts';
import { DAV, OC, parseCount } from './entry.ts';
import type { Findings } from './findings.ts';
import { browseFolder, listFolder, toInstance } from './listing.ts';
import { movePlace } from './move.ts';
import { type ProbeOptions, probeServer } from './probe.ts';
import { type ReportedLocation, reportLines } from './report.ts';
import { discardUnfinished, listUnfinished, sweepFolder } from './unfinished.ts';

export type WebdavSettings = Omit<ProbeOptions, 'signal'> & Omit<ReportedLocation, 'root'>;

/** A folder of a WebDAV server and all that is in it. */
export class WebdavLocation extends StorageLocation {
  readonly capabilities: Capabilities;
  readonly #dav: DavClient;
  readonly #settings: WebdavSettings;
  readonly #findings: Findings;
  readonly #context: WebdavContext;

  constructor(dav: DavClient, settings: WebdavSettings, findings: Findings, config: Pick<ConnectConfig, 'proof' | 'sizeLimit'>) {
    super();
    this.#dav = dav;
    this.#settings = settings;
    this.#findings = findings;
    this.capabilities = capabilitiesOf(findings);
    const { product, write, notWritable } = findings;
    this.#context = { dav, product, write, notWritable, publishing: new Turns(), capabilities: this.capabilities, proof: config.proof, sizeLimit: config.sizeLimit };
  }

  override get findings(): Findings {
    return this.#findings;
  }

  override async *list(path: LocationPath, { signal }: OperationOptions = {}): AsyncGenerator<readonly FileInstance[]> {
    const folder = this.#place(path);
    yield* listFolder(this.#dav, folder, this.#findings.write !== null, { signal, properties: this.#listedProperties });
  }

  override async stat(path: LocationPath, { signal }: OperationOptions = {}): Promise<FileInstance> {
    const checked = this.#place(path);
    const entry = await this.#dav.look(uriOf(this.#dav.root, checked), { signal, properties: this.#listedProperties });
    return toInstance(this.#dav.root, checked, entry, this.#findings.write !== null);
  }

  /** MKCOL makes one folder only, and says 405 when something is there (RFC 4918 section 9.3.1); some servers say that they made what was there. */
  override async makeDirectory(path: LocationPath, options: OperationOptions = {}): Promise<void> {
    const folder = this.#place(path);
    const uri = folderUriOf(this.#dav.root, folder);
    requireWritable(this.#context, uri);
    if (!this.capabilities.makeDirectory) throw new StorageError('unsupported', `This server makes no folders: ${uri}.`);
    if (folder === '') return;
    try {
      await this.#dav.makeFolder(uri, options);
    } catch (error) {
      if (!(error instanceof StorageError) || (error.context['status'] === undefined && !isLost(error))) throw error;
      const there = await this.#dav.lookIfThere(uri.slice(0, -1), options);
      if (there?.kind === 'folder') return;
      if (there !== null) throw new StorageError('already_exists', `${uri} is a file already: expected a free name or a folder.`, { cause: error, context: { uri } });
      const parent = parentPath(folder);
      const isParentMissing = parent !== folder && (error.context['status'] === 409 || error.context['status'] === 404) && (await this.#dav.lookIfThere(uriOf(this.#dav.root, parent), options)) === null;
      if (!isParentMissing) throw error;
      await this.makeDirectory(parent, options);
      await this.#dav.makeFolder(uri, options);
    }
  }

  override async move(from: LocationPath, to: LocationPath, { overwrite = false, signal }: OperationOptions & { readonly overwrite?: boolean } = {}): Promise<void> {
    requireWritable(this.#context, uriOf(this.#dav.root, this.#place(from)));
    await movePlace(this.#context, this.#place(from), this.#place(to), { overwrite, signal });
  }

  override async remove(path: LocationPath, { recursive = false, signal }: OperationOptions & { readonly recursive?: boolean } = {}): Promise<void> {
    const checked = this.#place(path);
    if (checked === '') throw new StorageError('invalid_location', 'The root of a location cannot be removed.');
    const uri = uriOf(this.#dav.root, checked);
    requireWritable(this.#context, uri);
    if (!this.capabilities.delete) throw new StorageError('unsupported', `This server cannot delete: ${uri}.`);
    const { kind } = await this.#dav.look(uri, { signal });
    if (kind === 'folder' && !recursive) await this.#requireEmpty(checked, signal);
    try {
      await this.#dav.remove(kind === 'folder' ? `${uri}/` : uri, { signal });
    } catch (error) {
      if (!isLost(error) || (await this.#dav.lookIfThere(uri, { signal })) !== null) throw error;
    }
  }

  override file(path: LocationPath, known?: KnownFile): WebdavBackend {
    const checked = this.#place(path);
    if (checked === '') throw new StorageError('invalid_location', 'The root of a location is a folder: expected a file.');
    return new WebdavBackend(this.#context, uriOf(this.#dav.root, checked), known);
  }

  override async sweep(folder: LocationPath, options: OperationOptions = {}): Promise<void> {
    if (this.#findings.write !== null) await sweepFolder(this.#context, this.#place(folder), this.#findings.clockAhead, options);
  }

  override async details(path: LocationPath, { signal }: OperationOptions = {}): Promise<readonly FileDetail[]> {
    const { product } = this.#findings;
    const entry = await this.#dav.look(uriOf(this.#dav.root, this.#place(path)), { signal, properties: product === null ? DETAIL_PROPERTIES : OC_DETAIL_PROPERTIES });
    return detailsOf(entry, product);
  }

  /** RFC 4331. */
  override async space({ signal }: OperationOptions = {}): Promise<{ readonly available: number | null; readonly used: number | null } | null> {
    const { properties } = await this.#dav.look(this.#dav.root, { signal, properties: [DAV.available, DAV.used] });
    const [available, used] = [parseCount(properties.get(DAV.available)), parseCount(properties.get(DAV.used))];
    return available === null && used === null ? null : { available, used };
  }

  override unfinished(folder: LocationPath, options: OperationOptions = {}): Promise<readonly UnfinishedUpload[]> {
    return this.capabilities.resume ? listUnfinished(this.#context, this.#place(folder), options) : Promise.resolve([]);
  }

  override async discard({ id, path }: UnfinishedUpload): Promise<void> {
    requireWritable(this.#context, path);
    await discardUnfinished(this.#context, id);
  }

  override async probe({ signal }: OperationOptions = {}): Promise<ProbeReport> {
    const findings = await probeServer(this.#dav, { ...this.#settings, signal });
    return { ok: true, lines: reportLines(findings, { ...this.#settings, root: this.#dav.root }) };
  }

  override close(): Promise<void> {
    return this.#dav.http.close();
  }

  /** @throws StorageError invalid_location also for names that the server takes, but would never show again */
  #place(path: LocationPath): LocationPath {
    const checked = parseLocationPath(path);
    const hidden = this.#findings.write?.hidesDotNames === true ? checked.split('/').find((name) => name.startsWith('.')) : undefined;
    if (hidden === undefined) return checked;
    throw new StorageError('invalid_location', `This server takes names that begin with a dot, such as ${JSON.stringify(hidden)}, but does not list them: what is stored so would not be found again. Expected another name.`, { context: { path } });
  }

  get #listedProperties(): readonly string[] {
    return this.#findings.product === null ? [] : [OC.permissions];
  }

  async #requireEmpty(path: LocationPath, signal: AbortSignal | undefined): Promise<void> {
    for await (const page of browseFolder(this.#dav, path, { signal })) {
      if (page.length > 0) throw new StorageError('already_exists', `The folder ${uriOf(this.#dav.root, path)} is not empty.`, { context: { path } });
    }
  }
}

function capabilitiesOf({ write, rangeRead }: Findings): Capabilities {
  return {
    read: true,
    list: true,
    makeDirectory: write?.makeDirectory ?? false,
    move: write !== null,
    delete: write?.delete ?? false,
    rangeRead,
    initialize: write?.partialPut ?? false,
    update: write?.partialPut ?? false,
    resume: write !== null && (write.partialPut || write.chunks !== null),
    noOverwrite: write?.noOverwrite ?? false,
    atomicPublish: write !== null,
    preserveModified: write !== null && write.setsTime !== null,
    versions: false,
    link: false,
    serverDigest: write?.serverDigest ?? [],
    maximumSize: null,
  };
}
