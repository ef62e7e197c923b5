import type { Checksum } from './checksum.ts';
import type { LocationPath } from './path.ts';

/** One stored file or folder as a location holds it. */
export interface FileInstance {
  readonly kind: 'file' | 'folder';
  /** inside the location */
  readonly path: LocationPath;
  readonly name: string;
  /** absolute, of the storage itself (`file:///...`, `https://...`) */
  readonly uri: string;
  /** bytes; null for folders and where the storage does not say */
  readonly size: number | null;
  /** ISO 8601, UTC; null where the storage does not say */
  readonly modified: string | null;
  /** what the storage itself reports with a listing, if it does */
  readonly checksum: Checksum | null;
  readonly readable: boolean;
  readonly writable: boolean;
}

/** Something else that the storage says of a file, in words for people: storage class, declared digest, owner. Never evidence. */
export interface FileDetail {
  readonly label: string;
  readonly value: string;
}

/** One of the versions that a storage keeps of a file. */
export interface FileVersion {
  readonly versionId: string;
  /** ISO 8601, UTC */
  readonly modified: string | null;
  /** bytes; null for a delete marker */
  readonly size: number | null;
  /** the one that is read when no version is named */
  readonly latest: boolean;
  /** not a version of the bytes but the note that they were deleted */
  readonly deleteMarker: boolean;
}

/** Bytes of an upload that was never finished; they cost space until somebody removes them. */
export interface UnfinishedUpload {
  /** the storage's own name for it */
  readonly id: string;
  readonly path: LocationPath;
  /** bytes stored so far; null where the storage does not say */
  readonly size: number | null;
  /** ISO 8601, UTC */
  readonly startedAt: string | null;
}
