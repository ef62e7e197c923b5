import type { Capabilities } from '../storage/capabilities.ts';
import type { Checksum, Checksums, HashName } from '../storage/checksum.ts';
import type { ErrorRecord } from '../storage/errors.ts';
import type { Evidence, EvidenceLevel, ProofPolicy } from '../storage/evidence.ts';
import type { FileInstance, FileVersion } from '../storage/file-instance.ts';
import type { BackendForm, LocationOptions, SizeLimit } from '../storage/location.ts';
import type { BatchSummary, Receipt, Transfer, TransferState } from '../transfers/transfer.ts';

/** What the window is told: records without secrets and without the paths of files the user did not choose. */

export interface AppInfo {
  readonly version: string;
  readonly electron: string;
  readonly platform: 'linux' | 'darwin' | 'win32' | 'other';
  /** where settings, journal and receipts live */
  readonly dataFolder: string;
  /** secrets survive a restart; false with the reason when there is no keychain */
  readonly keychain: { readonly available: true } | { readonly available: false; readonly reason: string };
  /** things to tell once at start, e.g. a damaged database that was set aside */
  readonly notices: readonly string[];
}

export type Theme = 'system' | 'light' | 'dark';

export interface Settings {
  readonly theme: Theme;
  /** files moved at the same time */
  readonly concurrency: number;
  /** what to do when the destination is taken */
  readonly conflict: 'ask' | 'skip' | 'overwrite' | 'rename' | 'fail';
  /** bytes a second that go to locations; null: as fast as it goes */
  readonly uploadLimit: number | null;
  /** bytes a second that come from locations, also those that are read back */
  readonly downloadLimit: number | null;
}

export const DEFAULT_SETTINGS: Settings = { theme: 'system', concurrency: 8, conflict: 'ask', uploadLimit: null, downloadLimit: null };

export interface BackendView extends BackendForm {
  /** the package that brought it; null for a built-in one */
  readonly plugin: string | null;
}

export type LocationState = { readonly kind: 'unknown' } | { readonly kind: 'connecting' } | { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly error: ErrorRecord };

export interface LocationView {
  readonly id: string;
  readonly name: string;
  readonly backend: string;
  readonly uri: string;
  readonly options: LocationOptions;
  /** keys of the secrets that are there; the main one's is `secret` */
  readonly secretsSet: readonly string[];
  readonly proof: ProofPolicy;
  readonly sizeLimit: SizeLimit | null;
  readonly state: LocationState;
  /** null until connected */
  readonly capabilities: Capabilities | null;
}

/** What is known of a file from receipts and checks, if size and time are still those of then. */
export type IntegrityState =
  | { readonly kind: 'unknown' }
  /** `algorithm`: of the digest that proved it; null for size only. `checksum`: known of the file since, maybe by another algorithm */
  | { readonly kind: 'proven'; readonly level: EvidenceLevel; readonly algorithm: HashName | null; readonly checksum: Checksum | null; readonly at: string }
  | { readonly kind: 'mismatch'; readonly expected: Checksum; readonly found: Checksum; readonly at: string }
  /** size or time differ from the receipt's */
  | { readonly kind: 'changed'; readonly since: string };

export interface FileRow extends FileInstance {
  readonly integrity: IntegrityState;
}

export interface ListPage {
  readonly rows: readonly FileRow[];
  /** ask again with it for the next page; null at the end */
  readonly cursor: string | null;
}

/** A file or folder of this computer that the user dropped or chose; the path stays in main. */
export interface LocalItem {
  readonly token: string;
  readonly name: string;
  readonly kind: 'file' | 'folder';
  readonly size: number | null;
}

export interface TransferPage {
  readonly rows: readonly Transfer[];
  readonly total: number;
}

export interface TransfersOverview {
  /** grows with every change; ask `transfers.list` again when it differs */
  readonly revision: number;
  readonly counts: Readonly<Record<TransferState, number>>;
  readonly batches: readonly BatchSummary[];
  /** transfers under way, with progress */
  readonly active: readonly (Transfer & { readonly bytesPerSecond: number | null; readonly secondsLeft: number | null })[];
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | null;
  /** nothing new is started while true */
  readonly paused: boolean;
}

export interface ReceiptPage {
  readonly rows: readonly Receipt[];
  readonly total: number;
}

export interface ChecksumResult {
  readonly checksum: Checksum;
  readonly evidence: Evidence;
}

export interface CompareResult {
  readonly verdict: 'match' | 'mismatch' | 'cannot tell';
  readonly localName: string;
  readonly local: { readonly size: number; readonly checksums: Checksums };
  readonly remote: { readonly size: number | null; readonly checksum: Checksum | null; readonly evidence: Evidence | null };
  /** a sentence, e.g. why it cannot be told */
  readonly reason: string;
}

export interface VersionList {
  /** newest first */
  readonly versions: readonly FileVersion[];
  /** there are older ones that are not listed */
  readonly more: boolean;
}

/** An earlier version that was written to a file of this computer. */
export interface SavedVersion {
  /** of the file */
  readonly name: string;
  readonly size: number;
  readonly checksum: Checksum;
  /** what is known about its being the storage's version */
  readonly evidence: readonly Evidence[];
}

/** Room of a location in bytes; null where the storage does not say. */
export interface LocationSpace {
  readonly available: number | null;
  readonly used: number | null;
}
