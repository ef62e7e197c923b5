import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileInstance } from '../../../../shared/storage/file-instance.ts';
import type { ProbeReport } from '../../../../shared/storage/location.ts';
import { baseName, type LocationPath, parseLocationPath } from '../../../../shared/storage/path.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import type { KnownFile, OperationOptions } from '../../storage-backend.ts';
import { StorageLocation } from '../../storage-location.ts';
import { HttpBackend, type HttpContext } from './backend.ts';
import { discard, type HttpClient } from '../../http/http-client.ts';
import { throwIfCanceled } from '../../http/connection-failure.ts';
import { parsePages, readIndex } from './listing.ts';
import { type Findings, probeServer } from './probe.ts';
import { reportLines } from './report.ts';
import type { HttpSettings } from './settings.ts';
import { type Stat, statUri } from './stat.ts';
import { folderUriOf, uriOf } from '../../http/uri.ts';

/** A folder of a plain HTTP server. Folders come to be by saving files into them; the protocol has no words for making and renaming. */
export class HttpLocation extends StorageLocation {
  readonly capabilities: Capabilities;
  readonly #client: HttpClient;
  readonly #settings: HttpSettings;
  readonly #context: HttpContext;
  readonly #findings: Findings;

  constructor(client: HttpClient, settings: HttpSettings, findings: Findings, config: Pick<ConnectConfig, 'proof' | 'sizeLimit'>) {
    super();
    this.#client = client;
    this.#settings = settings;
    this.#findings = findings;
    this.capabilities = capabilitiesOf(findings);
    this.#context = { client, capabilities: this.capabilities, readOnly: settings.readOnly, proof: config.proof, sizeLimit: config.sizeLimit };
  }

  override get findings(): Findings {
    return this.#findings;
  }

  override async *list(path: LocationPath, { signal }: OperationOptions = {}): AsyncGenerator<readonly FileInstance[]> {
    const folder = parseLocationPath(path);
    if (!this.capabilities.list) throw new StorageError('unsupported', `This server offers no index, so ${this.#settings.root} cannot be browsed; files can be opened by name.`);
    const uri = folderUriOf(this.#settings.root, folder);
    const index = await readIndex(this.#client, uri, { signal });
    if (index.kind === 'no index') {
      const { status } = index;
      if (status === 403) throw new StorageError('permission_denied', `The server does not let ${uri} be listed.`, { context: { uri, status } });
      throw new StorageError(status === 404 || status === 410 ? 'not_found' : 'unsupported', `The server has no index of ${uri}.`, { context: { uri, status } });
    }
    for (const page of parsePages(index.entries, this.#settings.root, folder, this.#findings.write)) {
      throwIfCanceled(signal);
      yield page;
    }
  }

  override async stat(path: LocationPath, options: OperationOptions = {}): Promise<FileInstance> {
    const checked = parseLocationPath(path);
    const stat: Stat = checked === '' ? { kind: 'folder' } : await this.#stat(checked, options);
    return {
      kind: stat.kind,
      path: checked,
      name: baseName(checked),
      uri: stat.kind === 'folder' ? folderUriOf(this.#settings.root, checked) : stat.uri,
      size: stat.kind === 'folder' ? null : stat.size,
      modified: stat.kind === 'folder' ? null : (stat.modified?.toISOString() ?? null),
      checksum: null,
      readable: true,
      writable: this.#findings.write,
    };
  }

  override makeDirectory(path: LocationPath): Promise<void> {
    return Promise.reject(new StorageError('unsupported', `HTTP has no request that makes a folder; ${JSON.stringify(path)} comes to be when a file is saved into it.`));
  }

  override move(from: LocationPath): Promise<void> {
    return Promise.reject(new StorageError('unsupported', `HTTP has no request that renames ${JSON.stringify(from)}.`));
  }

  override async remove(path: LocationPath, { recursive = false, signal }: OperationOptions & { readonly recursive?: boolean } = {}): Promise<void> {
    const checked = parseLocationPath(path);
    if (checked === '') throw new StorageError('invalid_location', 'The root of a location cannot be removed.');
    if (!this.capabilities.delete) throw new StorageError('unsupported', `This server cannot delete: ${uriOf(this.#settings.root, checked)}.`);
    const { kind, uri } = await this.stat(checked, { signal });
    if (kind === 'folder' && !recursive) await this.#requireEmpty(checked, uri, signal);
    await discard(await this.#client.request('DELETE', uri, { signal }));
  }

  override file(path: LocationPath, known?: KnownFile): HttpBackend {
    const checked = parseLocationPath(path);
    if (checked === '') throw new StorageError('invalid_location', 'The root of a location is a folder: expected a file.');
    return new HttpBackend(this.#context, uriOf(this.#settings.root, checked), known);
  }

  override async probe({ signal }: OperationOptions = {}): Promise<ProbeReport> {
    const findings = await probeServer(this.#client, this.#settings.root, { readOnly: this.#settings.readOnly, signal });
    return { ok: true, lines: reportLines(findings, this.#settings) };
  }

  override close(): Promise<void> {
    return this.#client.close();
  }

  /** Not every server redirects from a folder's name to the folder: one may know it by its slash only, another give the index under both. */
  async #stat(path: LocationPath, options: OperationOptions): Promise<Stat> {
    try {
      const stat = await statUri(this.#client, uriOf(this.#settings.root, path), options);
      const mayBeIndex = stat.kind === 'file' && stat.isJson && this.capabilities.list;
      return mayBeIndex && (await this.#isFolder(path, options)) ? { kind: 'folder' } : stat;
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'not_found' || !this.capabilities.list) throw error;
      if (!(await this.#isFolder(path, options))) throw error;
      return { kind: 'folder' };
    }
  }

  async #isFolder(path: LocationPath, options: OperationOptions): Promise<boolean> {
    return (await readIndex(this.#client, folderUriOf(this.#settings.root, path), options)).kind !== 'no index';
  }

  async #requireEmpty(path: LocationPath, uri: string, signal: AbortSignal | undefined): Promise<void> {
    for await (const page of this.list(path, { signal })) {
      if (page.length > 0) throw new StorageError('already_exists', `The folder ${uri} is not empty.`, { context: { uri } });
    }
  }
}

function capabilitiesOf({ list, rangeRead, write, initialize, update, noOverwrite, serverDigest }: Findings): Capabilities {
  return {
    read: true,
    list,
    makeDirectory: false,
    move: false,
    delete: write,
    rangeRead,
    initialize,
    update,
    noOverwrite,
    atomicPublish: false,
    preserveModified: false,
    resume: false,
    versions: false,
    link: false,
    serverDigest,
    maximumSize: null,
  };
}
