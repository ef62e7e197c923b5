import type { NewTransfer } from '../database/transfer-rows.ts';
import type { StorageError } from '../../shared/storage/errors.ts';

/** What a walk found in a folder, or at the place where it began. */
export type Found =
  | { readonly kind: 'transfer'; readonly transfer: NewTransfer }
  | {
      readonly kind: 'folder';
      readonly source: string;
      readonly destination: string;
      /** entries of it were queued before, from this row of the journal on */
      readonly firstTransfer?: number | null;
    };

/** Lists one end of a batch: files of this computer, or of a location. */
export interface Walker {
  /** between the names of a source */
  readonly separator: string;
  /** What lies at a place that the user named. @throws StorageError */
  look(source: string, destination: string, signal: AbortSignal): Promise<Found>;
  /** What lies in a folder, in pages, without what lies in its folders. @throws StorageError */
  list(source: string, destination: string, signal: AbortSignal): AsyncIterable<readonly Found[]>;
}

export function foundFile(source: string, destination: string, size: number | null): Found {
  return { kind: 'transfer', transfer: { kind: 'file', source, destination, size, error: null } };
}

/** A row that tells why something is not moved. */
export function foundFailure(kind: NewTransfer['kind'], source: string, destination: string, error: StorageError): Found {
  return { kind: 'transfer', transfer: { kind, source, destination, size: null, error: error.toRecord() } };
}
