import type { ConflictPolicy, Direction, PauseReason, Receipt, TransferState } from '../../shared/transfers/transfer.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import type { FileState } from './file-states.ts';

/**
 * `file`: moves bytes. `folder`: makes an empty folder. `walk`: a folder that could not be listed. `refused`: can never be moved,
 * for example because its name cannot exist here.
 */
export type TransferKind = 'file' | 'folder' | 'walk' | 'refused';

/** A transfer as the journal holds it. Which end is on this computer follows from the direction. */
export interface TransferRow {
  readonly seq: number;
  readonly batch: number;
  readonly batchId: string;
  readonly direction: Direction;
  readonly locationId: string;
  readonly kind: TransferKind;
  readonly source: string;
  readonly destination: string;
  readonly size: number | null;
  readonly state: TransferState;
  readonly detail: string | null;
  readonly receipt: string | null;
  /** the answer given for this row, else the policy of the batch */
  readonly conflict: ConflictPolicy;
  readonly attempts: number;
  readonly tries: number;
  readonly errors: string;
  readonly interrupted: 0 | 1;
  readonly published: 0 | 1;
  /** what an interrupted try left at the destination, as JSON */
  readonly resume: string | null;
  readonly queuedAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export interface TransferListRow extends TransferRow {
  /** the receipt as JSON, when there is one */
  readonly receiptBody: string | null;
}

/** What a walk found: to be moved, or (with an error) not. */
export interface NewTransfer {
  readonly kind: TransferKind;
  readonly source: string;
  readonly destination: string;
  readonly size: number | null;
  readonly error: ErrorRecord | null;
}

export interface WalkRow {
  readonly seq: number;
  readonly batch: number;
  readonly source: string;
  readonly destination: string;
  readonly kind: 'unknown' | 'folder';
  readonly firstTransfer: number | null;
}

export interface NewWalk {
  readonly source: string;
  readonly destination: string;
  readonly firstTransfer: number | null;
}

/** One step of a walk, stored whole or not at all. */
export interface Discovered {
  readonly batch: number;
  readonly owner: string;
  /** the folder that goes on being listed; it remembers from where on its entries were queued */
  readonly current: number | null;
  /** walks that are finished by this step */
  readonly done: readonly number[];
  readonly transfers: readonly NewTransfer[];
  readonly folders: readonly NewWalk[];
  readonly at: string;
}

/** What a transfer that will not go on left at its destination. */
export interface LeftRow {
  readonly seq: number;
  readonly direction: Direction;
  readonly locationId: string;
  readonly root: string;
  readonly resume: string;
}

/** Which rows a command means; neither: all. */
export interface Selection {
  readonly transfer?: number | undefined;
  readonly batch?: number | undefined;
}

/** How a try ended. */
export type Ending =
  | { readonly state: 'done'; readonly receipt: Receipt; readonly fileState: FileState | null; readonly destination: string }
  | { readonly state: 'done'; readonly reason: string }
  /** `published`: where bytes of this try lie under their real name all the same; null when nowhere. `interrupted`: nobody knows how far it came */
  | { readonly state: 'failed'; readonly error: ErrorRecord; readonly published: string | null; readonly interrupted: boolean; readonly fileState: FileState | null }
  /** tried again by itself, not before `runAfter` (milliseconds since 1970) */
  | { readonly state: 'queued'; readonly error: ErrorRecord; readonly published: string | null; readonly interrupted: boolean; readonly runAfter: number }
  | { readonly state: 'paused'; readonly reason: PauseReason }
  /** held back by somebody and queued again, as if this try had not been */
  | { readonly state: 'suspended'; readonly tries: number }
  | { readonly state: 'canceled' };
