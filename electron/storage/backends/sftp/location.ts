import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileDetail, FileInstance, UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import type { ProbeReport } from '../../../../shared/storage/location.ts';
import { type LocationPath, baseName, parentPath, parseLocationPath } from '../../../../shared/storage/path.ts';
import { isKeptName } from '../../partial-name.ts';
import type { KnownFile, OperationOptions } from '../../storage-backend.ts';
import { StorageLocation } from '../../storage-location.ts';
import { SftpBackend } from './backend.ts';
import { type SftpContext, requireWritable } from './context.ts';
import { describeAttributes } from './details.ts';
import { toInstance } from './entry.ts';
import { isFailure, isMissing, isRefused } from './errors.ts';
import { listFolder, readEntries } from './listing.ts';
import { lookAt, lookThrough } from './look.ts';
import { moveEntry } from './move.ts';
import { type Attributes, kindOf } from './protocol/attributes.ts';
import type { SftpClient } from './protocol/sftp-client.ts';
import { removeTree } from './remove-tree.ts';
import { shown } from './remote-root.ts';
import { listUnfinished, sweepFolder } from './unfinished.ts';
import type { Findings } from './findings.ts';

/** A folder of an SFTP server and all that is in it. */
export class SftpLocation extends StorageLocation {
  readonly capabilities: Capabilities;
  readonly #context: SftpContext;
  readonly #report: (options: OperationOptions) => Promise<ProbeReport>;

  constructor(context: SftpContext, report: (options: OperationOptions) => Promise<ProbeReport>) {
    super();
    this.capabilities = context.capabilities;
    this.#context = context;
    this.#report = report;
  }

  override get findings(): Findings {
    return this.#context.findings;
  }

  override get connections(): number {
    return this.#context.pool.limit;
  }

  override async *list(path: LocationPath, { signal }: OperationOptions = {}): AsyncGenerator<readonly FileInstance[]> {
    const { root, pool } = this.#context;
    const folder = parseLocationPath(path);
    root.absolute(folder);
    const begin = async () => {
      const lease = await pool.lease({ signal });
      const pages = listFolder(lease.connection.sftp, this.#context, folder, signal);
      const end = async (): Promise<void> => {
        await pages.return(undefined).finally(() => lease.release());
      };
      try {
        return { pages, end, first: await pages.next() };
      } catch (error) {
        await end();
        throw error;
      }
    };
    const explained = <T>(action: () => Promise<T>) => root.explain(folder, 'list', () => action().catch((error: unknown) => this.#notAFolderOr(folder, error, signal)));
    const { pages, end, first } = await explained(() => pool.again(begin));
    try {
      for (let page = first; page.done !== true; page = await explained(() => pages.next())) yield page.value;
    } finally {
      await end();
    }
  }

  override async stat(path: LocationPath, { signal }: OperationOptions = {}): Promise<FileInstance> {
    const { root } = this.#context;
    const parsed = parseLocationPath(path);
    const place = root.absolute(parsed);
    return root.explain(parsed, 'look at', async () => toInstance(root, parsed, await this.#ask((sftp) => sftp.stat(place), signal), this.capabilities.delete));
  }

  override async makeDirectory(path: LocationPath, { signal }: OperationOptions = {}): Promise<void> {
    const parsed = parseLocationPath(path);
    this.#context.root.absolute(parsed);
    this.#requireAble('makeDirectory', 'make folders', parsed);
    await this.#context.root.explain(parsed, 'make the folder', () => this.#do((sftp) => this.#makeFolder(sftp, parsed), signal));
  }

  override async move(from: LocationPath, to: LocationPath, { overwrite = false, signal }: OperationOptions & { readonly overwrite?: boolean } = {}): Promise<void> {
    const [source, target] = [parseLocationPath(from), parseLocationPath(to)];
    for (const path of [source, target]) this.#requireBelowRoot(path);
    this.#requireAble('move', 'rename', source);
    await this.#context.root.explain(source, `move to ${JSON.stringify(target)}:`, () => this.#do((sftp) => moveEntry(sftp, this.#context, source, target, overwrite), signal));
  }

  override async remove(path: LocationPath, { recursive = false, signal }: OperationOptions & { readonly recursive?: boolean } = {}): Promise<void> {
    const parsed = parseLocationPath(path);
    this.#requireBelowRoot(parsed);
    this.#requireAble('delete', 'remove', parsed);
    const place = this.#context.root.absolute(parsed);
    await this.#context.root.explain(parsed, 'remove', () =>
      this.#do(async (sftp) => {
        if (kindOf(await sftp.lstat(place)) !== 'folder') return sftp.remove(place);
        if (recursive) return removeTree(sftp, place, signal);
        return removeEmpty(sftp, place);
      }, signal),
    );
  }

  override async sweep(folder: LocationPath, { signal }: OperationOptions = {}): Promise<void> {
    const { root, readOnly } = this.#context;
    const parsed = parseLocationPath(folder);
    if (readOnly) return;
    await root.explain(parsed, 'tidy', () => this.#do((sftp) => sweepFolder(sftp, root.absolute(parsed), signal), signal));
  }

  override async details(path: LocationPath, { signal }: OperationOptions = {}): Promise<readonly FileDetail[]> {
    const { root } = this.#context;
    const parsed = parseLocationPath(path);
    const place = root.absolute(parsed);
    return root.explain(parsed, 'look at', () =>
      this.#ask(async (sftp) => {
        const attributes = await sftp.lstat(place);
        const link = kindOf(attributes) === 'link' ? await sftp.readLink(place).catch(() => null) : null;
        return describeAttributes(attributes, link);
      }, signal),
    );
  }

  override async space({ signal }: OperationOptions = {}): Promise<{ readonly available: number | null; readonly used: number | null } | null> {
    const { root, findings } = this.#context;
    if (!findings.statvfs) return null;
    return root.explain('', 'ask for the room in', async () => {
      const { available, used } = await this.#ask((sftp) => sftp.fileSystem(root.absolute('')), signal);
      return { available, used };
    });
  }

  override async unfinished(folder: LocationPath, { signal }: OperationOptions = {}): Promise<readonly UnfinishedUpload[]> {
    const { root } = this.#context;
    const parsed = parseLocationPath(folder);
    return root.explain(parsed, 'look through', () => this.#ask((sftp) => listUnfinished(sftp, root, parsed, signal), signal));
  }

  override async discard({ id }: UnfinishedUpload, { signal }: OperationOptions = {}): Promise<void> {
    requireWritable(this.#context);
    const { root } = this.#context;
    const path = parseLocationPath(id);
    if (!isKeptName(baseName(path))) throw new StorageError('not_found', `There is no unfinished upload ${JSON.stringify(id)}.`);
    await root.explain(path, 'remove', () => this.#do((sftp) => sftp.remove(root.absolute(path)), signal));
  }

  override file(path: LocationPath, known: KnownFile = {}): SftpBackend {
    return new SftpBackend(this.#context, parseLocationPath(path), known);
  }

  override probe(options: OperationOptions = {}): Promise<ProbeReport> {
    return this.#report(options);
  }

  override close(): Promise<void> {
    this.#context.digests.close();
    this.#context.pool.close();
    return Promise.resolve();
  }

  async #notAFolderOr(folder: LocationPath, error: unknown, signal: AbortSignal | undefined): Promise<never> {
    const place = this.#context.root.absolute(folder);
    const there = isFailure(error) ? await this.#ask((sftp) => lookThrough(sftp, place), signal) : null;
    if (there === null || kindOf(there) === 'folder') throw error;
    throw new StorageError('invalid_location', `${shown(place)} is not a folder.`, { cause: error, context: { path: folder } });
  }

  #ask<T>(action: (sftp: SftpClient) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#context.pool.ask(({ sftp }) => action(sftp), { signal });
  }

  #do<T>(action: (sftp: SftpClient) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#context.pool.use(({ sftp }) => action(sftp), { signal });
  }

  #requireBelowRoot(path: LocationPath): void {
    this.#context.root.absolute(path);
    if (path === '') throw new StorageError('invalid_location', 'The folder of the location itself can be neither moved nor removed.');
  }

  #requireAble(capability: 'makeDirectory' | 'move' | 'delete', doing: string, path: LocationPath): void {
    requireWritable(this.#context);
    if (!this.capabilities[capability]) throw new StorageError('unsupported', `This account cannot ${doing} here: ${shown(this.#context.root.absolute(path))}. ${this.#context.findings.notTried ?? ''}`.trim(), { context: { path } });
  }

  /** Most often the folder above is there, so those above are made only when the server says that they are missing. */
  async #makeFolder(sftp: SftpClient, path: LocationPath): Promise<void> {
    const place = this.#context.root.absolute(path);
    if (path === '') return void (await sftp.stat(place));
    try {
      await sftp.makeFolder(place);
    } catch (error) {
      if (!isRefused(error)) throw error;
      const there = await lookThrough(sftp, place);
      if (there !== null) return requireFolder(there, path, error);
      if (!isMissing(error) || parentPath(path) === '') throw error;
      await this.#makeFolder(sftp, parentPath(path));
      await sftp.makeFolder(place).catch(async (failure: unknown) => {
        const made = isRefused(failure) ? await lookThrough(sftp, place) : null;
        if (made === null) throw failure;
        requireFolder(made, path, failure);
      });
    }
  }
}

function requireFolder(attributes: Attributes, path: LocationPath, cause: unknown): void {
  if (kindOf(attributes) === 'folder') return;
  throw new StorageError('already_exists', `${JSON.stringify(path)} exists already and is not a folder.`, { context: { path }, cause });
}

async function removeEmpty(sftp: SftpClient, place: string): Promise<void> {
  try {
    await sftp.removeFolder(place);
  } catch (error) {
    if (!isRefused(error) || isMissing(error) || (await lookAt(sftp, place)) === null) throw error;
    for await (const entries of readEntries(sftp, place)) {
      if (entries.length > 0) throw new StorageError('already_exists', `The folder ${shown(place)} is not empty.`, { cause: error });
    }
    throw error;
  }
}
