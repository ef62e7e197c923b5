import type { Checksum, Checksums, HashName } from '../../shared/storage/checksum.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import type { Evidence, ProofPolicy, Resumption } from '../../shared/storage/evidence.ts';
import type { LocationConfig, SizeLimit } from '../../shared/storage/location.ts';
import type { LocationPath } from '../../shared/storage/path.ts';
import type { ConflictPolicy, Progress, Receipt, SourceRecord } from '../../shared/transfers/transfer.ts';
import type { Rung } from '../integrity/ladder.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import type { Bandwidth } from './bandwidth.ts';
import type { Leftover } from './leftover.ts';

/** What the user may ask of a batch beyond what the location says. */
export interface TransferOptions {
  readonly proof?: ProofPolicy;
  readonly algorithms?: readonly HashName[];
  readonly sizeLimit?: SizeLimit;
}

/** What an earlier receipt or check found out about a stored file. */
export interface KnownDigest {
  readonly size: number | null;
  readonly modified: string | null;
  readonly checksum: Checksum;
  /** ISO 8601, UTC */
  readonly at: string;
}

/** Everything that one try of one transfer needs to know: plain data that can be sent to another thread. */
export interface Job {
  readonly batchId: string;
  readonly direction: 'upload' | 'download';
  readonly kind: 'file' | 'folder';
  readonly locationId: string;
  /** bytes, as seen when it was queued; null when not known */
  readonly size: number | null;
  /** upload: a path of this computer; download: a place in the location */
  readonly source: string;
  /** upload: a place in the location; download: a path of this computer below `root` */
  readonly destination: string;
  /** download: the folder that nothing may leave */
  readonly root: string;
  readonly conflict: ConflictPolicy;
  /** an earlier try was cut off, so its bytes may lie at the destination already */
  readonly interrupted: boolean;
  /** what lies at the destination came from an earlier try of this transfer */
  readonly published: boolean;
  readonly options: TransferOptions;
  /** what an interrupted try left at the destination */
  readonly leftover: Leftover | null;
  /** download: what is known of the stored file */
  readonly known: KnownDigest | null;
}

/** The stored file as it was seen right after. */
export interface StoredFile {
  readonly path: LocationPath;
  readonly size: number | null;
  readonly modified: string | null;
}

export type JobResult =
  | {
      readonly kind: 'stored';
      readonly source: SourceRecord;
      readonly destination: Receipt['destination'];
      /** the destination as the journal writes it; another one than asked for after a rename */
      readonly place: string;
      readonly size: number;
      readonly checksums: Checksums;
      readonly evidence: readonly Evidence[];
      readonly resumed: readonly Resumption[];
      /** what is now known of the file in the location; null when nothing was compared */
      readonly proven: StoredFile | null;
    }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'conflict' }
  | {
      readonly kind: 'failed';
      readonly error: ErrorRecord;
      readonly published: string | null;
      readonly mismatch: StoredFile | null;
      /** nobody knows how far it came: what it may have stored is looked at before the next try */
      readonly interrupted?: true;
    };

export interface Connected {
  readonly config: LocationConfig;
  readonly location: StorageLocation;
}

/** What a try may use of the world around it. */
export interface Ports {
  connect(locationId: string): Promise<Connected>;
  /** a folder of this computer as a location, for the writing side of downloads */
  localFolder(root: string): Promise<StorageLocation>;
  /** makes the folders above a path, each once a batch */
  makeParents(location: StorageLocation, path: LocationPath): Promise<void>;
  /** for the bytes that go to and come from locations; null: as fast as it goes */
  readonly bandwidth: Bandwidth | null;
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
  onRung(rung: Rung): void;
  /** journals what this try leaves if it is cut off from now on */
  onLeftover(leftover: Leftover): void;
}
