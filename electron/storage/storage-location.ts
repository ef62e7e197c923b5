import type { Capabilities } from '../../shared/storage/capabilities.ts';
import type { FileInstance } from '../../shared/storage/file-instance.ts';
import type { ProbeReport } from '../../shared/storage/location.ts';
import type { LocationPath } from '../../shared/storage/path.ts';
import type { KnownFile, OperationOptions, StorageBackend } from './storage-backend.ts';

/** What a browser needs of a connected location. What it cannot do is said in `capabilities` and refused with `unsupported`. */
export abstract class StorageLocation {
  /** Filled by probing the storage at connect. */
  abstract readonly capabilities: Capabilities;

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
  /** What works and what does not, tried on the storage. */
  abstract probe(options?: OperationOptions): Promise<ProbeReport>;
  /** Ends connections; nothing may be asked afterwards. */
  abstract close(): Promise<void>;
}
