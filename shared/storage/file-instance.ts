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
