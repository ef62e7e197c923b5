import type { Checksums } from '../storage/checksum.ts';
import type { ErrorRecord } from '../storage/errors.ts';
import type { Evidence, Resumption } from '../storage/evidence.ts';

export type Direction = 'upload' | 'download' | 'copy';

/** What to do when the destination is taken. `ask` pauses the transfer until the user has answered. */
export type ConflictPolicy = 'ask' | 'skip' | 'overwrite' | 'rename' | 'fail';

/** One end of a transfer: a path on this computer or a place in a location. */
export type Endpoint =
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'location'; readonly locationId: string; readonly path: string };

export type TransferState = 'queued' | 'transferring' | 'verifying' | 'done' | 'failed' | 'paused' | 'canceled';

/** Why a transfer waits. `conflict`: the destination exists and the policy is `ask`. `user`: somebody pressed pause. */
export type PauseReason = 'conflict' | 'user';

/** Bytes moved in the present phase, of how many; null when the total is not known. */
export interface Progress {
  readonly bytes: number;
  readonly total: number | null;
}

/** What differs from state to state. */
export type TransferStatus =
  | { readonly state: 'queued' }
  | { readonly state: 'transferring'; readonly progress: Progress }
  | { readonly state: 'verifying'; readonly progress: Progress; readonly rung: 'server digest' | 'read back' | 'size only' }
  | { readonly state: 'done'; readonly outcome: 'stored'; readonly receiptId: string; readonly checksums: Checksums; readonly evidence: readonly Evidence[] }
  | { readonly state: 'done'; readonly outcome: 'skipped'; readonly reason: string }
  | { readonly state: 'failed'; readonly error: ErrorRecord }
  | { readonly state: 'paused'; readonly reason: PauseReason }
  | { readonly state: 'canceled' };

/** One file on its way. */
export interface Transfer {
  readonly id: string;
  readonly batchId: string;
  readonly direction: Direction;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** bytes, as seen when it was queued; null when not known */
  readonly size: number | null;
  readonly status: TransferStatus;
  /** how often it was begun */
  readonly attempts: number;
  /** ISO 8601, UTC */
  readonly queuedAt: string;
  readonly finishedAt: string | null;
}

/** 1: before others, 0: as they come, -1: after others. */
export type BatchPriority = -1 | 0 | 1;

/** Sums over the transfers of one user action. */
export interface BatchSummary {
  readonly id: string;
  readonly title: string;
  readonly direction: Direction;
  readonly conflict: ConflictPolicy;
  readonly queuedAt: string;
  /** the walk over the sources goes on, so the totals grow */
  readonly discovering: boolean;
  /** somebody holds it back */
  readonly paused: boolean;
  readonly priority: BatchPriority;
  readonly counts: Readonly<Record<TransferState, number>>;
  readonly bytesTotal: number;
  readonly bytesDone: number;
}

/** The durable record of one finished transfer. */
export interface Receipt {
  readonly id: string;
  readonly transferId: string;
  readonly direction: Direction;
  readonly source: SourceRecord;
  readonly destination: { readonly endpoint: Endpoint; readonly locationName: string | null; readonly uri: string; readonly versionId: string | null };
  readonly size: number;
  readonly checksums: Checksums;
  readonly evidence: readonly Evidence[];
  /** where it went on after interruptions, oldest first; empty when it went through in one go */
  readonly resumed: readonly Resumption[];
  /** failures met on the way, oldest first */
  readonly errors: readonly ErrorRecord[];
  readonly attempts: number;
  /** ISO 8601, UTC */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly appVersion: string;
}

export interface SourceRecord {
  readonly endpoint: Endpoint;
  readonly uri: string;
  readonly size: number;
  /** ISO 8601 or null where the source does not say */
  readonly modifiedBefore: string | null;
  readonly modifiedAfter: string | null;
}
