import type { Capabilities } from '../../shared/storage/capabilities.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import type { FileDetail, FileInstance, FileVersion, UnfinishedUpload } from '../../shared/storage/file-instance.ts';
import type { ProbeReport } from '../../shared/storage/location.ts';
import type { LocationPath } from '../../shared/storage/path.ts';
import type { KnownFile, OperationOptions, StorageBackend } from './storage-backend.ts';

/** What a browser needs of a connected location. What it cannot do is said in `capabilities` and refused with `unsupported`. */
export abstract class StorageLocation {
  /** Filled by probing the storage at connect. */
  abstract readonly capabilities: Capabilities;
  /** What probing found out, as plain data that can be sent to another thread: `ConnectConfig.findings` of a second connection. Default: undefined, a second connection probes again. */
  get findings(): unknown {
    return undefined;
  }
  /** Most connections that this location may have open by its settings; null: it does not count them. Default: null. */
  get connections(): number | null {
    return null;
  }

  /** Pages of a folder in the storage's own order; the first page comes as soon as it is there. @throws not_found, invalid_location */
  abstract list(path: LocationPath, options?: OperationOptions): AsyncIterable<readonly FileInstance[]>;
  /** @throws not_found */
  abstract stat(path: LocationPath, options?: OperationOptions): Promise<FileInstance>;
  /** Makes the folder and those above it; an existing folder is fine. @throws already_exists when a file has that name */
  abstract makeDirectory(path: LocationPath, options?: OperationOptions): Promise<void>;
  /** @throws already_exists unless `overwrite` */
  abstract move(from: LocationPath, to: LocationPath, options?: OperationOptions & { readonly overwrite?: boolean }): Promise<void>;
  /** Removes a file, or a folder: an empty one, or with all that is in it when `recursive`. @throws not_found, already_exists (not empty) */
  abstract remove(path: LocationPath, options?: OperationOptions & { readonly recursive?: boolean }): Promise<void>;
  /** Names a file without touching the storage. */
  abstract file(path: LocationPath, known?: KnownFile): StorageBackend;
  /** Removes what crashed runs of Holdfast left in a folder, and nothing else. Default: nothing can be left. @throws not_found */
  sweep(_folder: LocationPath, _options?: OperationOptions): Promise<void> {
    return Promise.resolve();
  }
  /** Pages of the versions of a file, newest first. @throws unsupported unless `capabilities.versions`; not_found */
  versions(path: LocationPath, _options?: OperationOptions): AsyncIterable<readonly FileVersion[]> {
    throw new StorageError('unsupported', `This storage keeps no versions of ${JSON.stringify(path)}.`);
  }
  /** A link by which anybody can fetch the file until it expires. @param seconds from now @throws unsupported unless `capabilities.link` */
  link(path: LocationPath, _seconds: number, _options?: OperationOptions): Promise<string> {
    return Promise.reject(new StorageError('unsupported', `This storage makes no links to ${JSON.stringify(path)}.`));
  }
  /** What else the storage says of a file. Default: nothing. @throws not_found */
  details(_path: LocationPath, _options?: OperationOptions): Promise<readonly FileDetail[]> {
    return Promise.resolve([]);
  }
  /** Room in bytes; null where the storage does not say. Default: it does not. */
  space(_options?: OperationOptions): Promise<{ readonly available: number | null; readonly used: number | null } | null> {
    return Promise.resolve(null);
  }
  /** Uploads by Holdfast that were never finished, below a folder. Default: none can be left. */
  unfinished(_folder: LocationPath, _options?: OperationOptions): Promise<readonly UnfinishedUpload[]> {
    return Promise.resolve([]);
  }
  /** Removes one of {@link unfinished}. @throws not_found */
  discard({ path }: UnfinishedUpload, _options?: OperationOptions): Promise<void> {
    return Promise.reject(new StorageError('not_found', `There is no unfinished upload of ${JSON.stringify(path)}.`));
  }
  /** What works and what does not, tried on the storage. */
  abstract probe(options?: OperationOptions): Promise<ProbeReport>;
  /** Ends connections; nothing may be asked afterwards. */
  abstract close(): Promise<void>;
}
