import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileDetail, FileInstance, FileVersion, UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import type { ProbeReport } from '../../../../shared/storage/location.ts';
import { baseName, type LocationPath, parseLocationPath } from '../../../../shared/storage/path.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import { ByteBudget } from '../../byte-budget.ts';
import { folderUriOf, uriOf } from '../../http/uri.ts';
import type { KnownFile, OperationOptions } from '../../storage-backend.ts';
import { StorageLocation } from '../../storage-location.ts';
import { S3Backend } from './backend.ts';
import { capabilitiesOf } from './capabilities.ts';
import { requireRemovable, requireWritable, type S3Context } from './context.ts';
import { detailsOf } from './details.ts';
import type { Findings } from './findings.ts';
import { makeFolder, removeFolder, removeKeys } from './folders.ts';
import { folderKeyOf, keyOf } from './keys.ts';
import { linkTo } from './link.ts';
import { folderExists, listFolder, listKeys } from './listing.ts';
import { moveFolder, moveObject } from './move.ts';
import { askFacts } from './object-facts.ts';
import { probeBucket } from './probe.ts';
import { reportLines } from './report.ts';
import { PROBE_NAME } from './scratch.ts';
import type { S3Session } from './session.ts';
import type { S3Settings } from './settings.ts';
import { discardUnfinished, listUnfinished } from './unfinished.ts';
import { listVersions } from './versions.ts';

/** Bytes that all uploads of a location hold in memory. */
const MEMORY = 64 * 1024 * 1024;
/** A probe takes seconds; what is older was left by one that crashed, in milliseconds. */
const PROBE_LEFT_AFTER = 60 * 60 * 1000;

/** A folder of a bucket. Folders are what keys have in common up to a slash, or empty objects whose key ends with one. */
export class S3Location extends StorageLocation {
  readonly capabilities: Capabilities;
  readonly #context: S3Context;

  constructor(session: S3Session, settings: S3Settings, findings: Findings, { proof, sizeLimit }: Pick<ConnectConfig, 'proof' | 'sizeLimit'>) {
    super();
    this.capabilities = capabilitiesOf(findings, settings);
    this.#context = { session, settings, findings, memory: new ByteBudget(MEMORY), capabilities: this.capabilities, proof, sizeLimit };
  }

  override get findings(): Findings {
    return this.#context.findings;
  }

  override async *list(path: LocationPath, { signal }: OperationOptions = {}): AsyncGenerator<readonly FileInstance[]> {
    const { session, settings, findings } = this.#context;
    const folder = parseLocationPath(path);
    if (!findings.list) throw new StorageError('unsupported', `These keys may not list ${settings.root}; files can be opened by name.`, { context: { uri: settings.root } });
    yield* listFolder(session, folder, { prefix: settings.prefix, root: settings.root, writable: this.#writable, signal });
  }

  override async stat(path: LocationPath, { signal }: OperationOptions = {}): Promise<FileInstance> {
    const { session, settings } = this.#context;
    const checked = parseLocationPath(path);
    const uri = uriOf(settings.root, checked);
    const common = { path: checked, name: baseName(checked), checksum: null, readable: true, writable: this.#writable };
    const folder: FileInstance = { kind: 'folder', uri: folderUriOf(settings.root, checked), size: null, modified: null, ...common };
    if (checked === '') return folder;
    try {
      const { size, modified } = await askFacts(session, keyOf(settings.prefix, checked), { uri, signal });
      return { kind: 'file', uri, size, modified, ...common };
    } catch (error) {
      if (error instanceof StorageError && error.code === 'not_found' && (await this.#isFolder(checked, signal))) return folder;
      throw error;
    }
  }

  override async makeDirectory(path: LocationPath, options: OperationOptions = {}): Promise<void> {
    const checked = parseLocationPath(path);
    requireWritable(this.#context, this.#uri(checked));
    await makeFolder(this.#context, checked, (each) => this.#uri(each), options);
  }

  override async move(from: LocationPath, to: LocationPath, { overwrite = false, signal }: OperationOptions & { readonly overwrite?: boolean } = {}): Promise<void> {
    const [source, target] = [parseLocationPath(from), parseLocationPath(to)];
    requireWritable(this.#context, this.#uri(source));
    if (source === '' || target === '') throw new StorageError('invalid_location', 'The root of a location cannot be moved, and nothing be moved onto it.');
    const { kind } = await this.stat(source, { signal });
    if (kind === 'folder' && `${target}/`.startsWith(`${source}/`)) throw new StorageError('invalid_location', `The folder ${this.#uri(source)} cannot be moved into itself, to ${this.#uri(target)}.`);
    if (source === target) return;
    const there = await this.#statOrNull(target, signal);
    if (there !== null && (!overwrite || there.kind === 'folder' || kind === 'folder')) throw new StorageError('already_exists', `${there.uri} exists already.`, { context: { uri: there.uri } });
    const { prefix } = this.#context.settings;
    if (kind === 'folder') await moveFolder(this.#context, source, target, { signal });
    else await moveObject(this.#context, keyOf(prefix, source), keyOf(prefix, target), { signal });
  }

  override async remove(path: LocationPath, { recursive = false, signal }: OperationOptions & { readonly recursive?: boolean } = {}): Promise<void> {
    const checked = parseLocationPath(path);
    if (checked === '') throw new StorageError('invalid_location', 'The root of a location cannot be removed.');
    requireRemovable(this.#context, this.#uri(checked));
    const { kind, uri } = await this.stat(checked, { signal });
    if (kind === 'file') return this.file(checked).delete({ signal });
    if (recursive) return removeFolder(this.#context, checked, { signal });
    const marker = folderKeyOf(this.#context.settings.prefix, checked);
    for await (const { objects } of listKeys(this.#context.session, marker, { limit: 2, signal })) {
      if (objects.some(({ key }) => key !== marker)) throw new StorageError('already_exists', `The folder ${uri} is not empty.`, { context: { uri } });
    }
    await removeKeys(this.#context, [marker], { signal });
  }

  override file(path: LocationPath, known?: KnownFile): S3Backend {
    const checked = parseLocationPath(path);
    if (checked === '') throw new StorageError('invalid_location', 'The root of a location is a folder: expected a file.');
    return new S3Backend(this.#context, keyOf(this.#context.settings.prefix, checked), this.#uri(checked), known);
  }

  /** Removes what crashed probes left; only they make objects of their own. */
  override async sweep(folder: LocationPath, { signal }: OperationOptions = {}): Promise<void> {
    const { session, settings, findings } = this.#context;
    if (parseLocationPath(folder) !== '' || !findings.list || !findings.write) return;
    for await (const { objects } of listKeys(session, `${settings.prefix}${PROBE_NAME}`, { signal })) {
      const left = objects.filter(({ modified }) => modified !== null && Date.now() - Date.parse(modified) > PROBE_LEFT_AFTER);
      await removeKeys(this.#context, left.map(({ key }) => key), { signal });
    }
  }

  override async *versions(path: LocationPath, { signal }: OperationOptions = {}): AsyncGenerator<readonly FileVersion[]> {
    const checked = parseLocationPath(path);
    if (!this.capabilities.versions) throw new StorageError('unsupported', `This bucket keeps no versions of ${this.#uri(checked)}.`);
    yield* listVersions(this.#context.session, keyOf(this.#context.settings.prefix, checked), { uri: this.#uri(checked), signal });
  }

  override async link(path: LocationPath, seconds: number): Promise<string> {
    const checked = parseLocationPath(path);
    if (!this.capabilities.link) throw new StorageError('unsupported', `Nobody is signed in, so no link to ${this.#uri(checked)} can be signed.`);
    if (checked === '') throw new StorageError('invalid_location', 'The root of a location is a folder: expected a file.');
    return linkTo(this.#context.session, keyOf(this.#context.settings.prefix, checked), seconds, this.#uri(checked));
  }

  override details(path: LocationPath, { signal }: OperationOptions = {}): Promise<readonly FileDetail[]> {
    const { session, settings, findings } = this.#context;
    return detailsOf(session, keyOf(settings.prefix, path), { uri: this.#uri(path), findings, signal });
  }

  override async unfinished(folder: LocationPath, { signal }: OperationOptions = {}): Promise<readonly UnfinishedUpload[]> {
    const checked = parseLocationPath(folder);
    return this.#context.findings.parts === null ? [] : listUnfinished(this.#context, checked, { signal });
  }

  override async discard(upload: UnfinishedUpload, { signal }: OperationOptions = {}): Promise<void> {
    requireRemovable(this.#context, this.#uri(upload.path));
    await discardUnfinished(this.#context, upload, { signal });
  }

  override async probe({ signal }: OperationOptions = {}): Promise<ProbeReport> {
    const { session, settings } = this.#context;
    const findings = await probeBucket(session, { ...settings, signal });
    return { ok: true, lines: reportLines(findings, session, settings) };
  }

  override close(): Promise<void> {
    this.#context.session.close();
    return Promise.resolve();
  }

  get #writable(): boolean {
    return this.#context.findings.write;
  }

  #uri(path: LocationPath): string {
    return uriOf(this.#context.settings.root, path);
  }

  async #isFolder(path: LocationPath, signal: AbortSignal | undefined): Promise<boolean> {
    const { session, settings, findings } = this.#context;
    return findings.list && folderExists(session, settings.prefix, path, { signal });
  }

  async #statOrNull(path: LocationPath, signal: AbortSignal | undefined): Promise<FileInstance | null> {
    try {
      return await this.stat(path, { signal });
    } catch (error) {
      if (error instanceof StorageError && error.code === 'not_found') return null;
      throw error;
    }
  }
}
