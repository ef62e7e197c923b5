import type { TransfersOverview } from '../../shared/ipc/views.ts';
import type { BatchSummary, TransferState } from '../../shared/transfers/transfer.ts';
import type { BatchWithCounts, StateTotal } from '../database/batches.ts';
import type { LiveTransfer } from './live-transfer.ts';
import { secondsLeft } from './speed-meter.ts';

export interface OverviewParts {
  readonly revision: number;
  readonly batches: readonly BatchWithCounts[];
  readonly totals: readonly StateTotal[];
  readonly live: readonly LiveTransfer[];
  readonly bytesPerSecond: number;
  readonly paused: boolean;
  /** milliseconds since 1970 */
  readonly now: number;
}

const NONE: Readonly<Record<TransferState, number>> = { queued: 0, transferring: 0, verifying: 0, done: 0, failed: 0, paused: 0, canceled: 0 };
const LEFT: readonly TransferState[] = ['queued', 'transferring', 'verifying'];

/** One look over everything, from counters that the journal keeps and from what is under way. */
export function buildOverview({ revision, batches, totals, live, bytesPerSecond, paused, now }: OverviewParts): TransfersOverview {
  const counts = { ...NONE };
  let left = 0;
  for (const { state, count, bytes } of totals) {
    counts[state] += count;
    if (LEFT.includes(state)) left += bytes;
  }
  for (const transfer of live) left -= transfer.bytesMoved;
  moveVerifying(counts, live);
  const busy = counts.queued + counts.transferring + counts.verifying > 0;
  return {
    revision,
    counts,
    batches: batches.map((batch) => batchSummary(batch, live)),
    active: live.map((transfer) => transfer.view(now)),
    bytesPerSecond: Math.round(bytesPerSecond),
    secondsLeft: busy ? secondsLeft(left, bytesPerSecond) : null,
    paused,
  };
}

export function batchSummary(batch: BatchWithCounts, live: readonly LiveTransfer[] = []): BatchSummary {
  const counts = { ...NONE };
  let bytesTotal = 0;
  let bytesDone = 0;
  for (const { state, count, bytes } of batch.counts) {
    counts[state] += count;
    if (state !== 'canceled') bytesTotal += bytes;
    if (state === 'done') bytesDone += bytes;
  }
  const own = live.filter(({ row }) => row.batch === batch.seq);
  for (const transfer of own) bytesDone += transfer.bytesMoved;
  moveVerifying(counts, own);
  const { id, title, direction, conflict, queuedAt, discovering, paused, priority } = batch;
  return { id, title, direction, conflict, queuedAt, discovering, paused: paused === 1, priority: priority < 0 ? -1 : priority > 0 ? 1 : 0, counts, bytesTotal, bytesDone: Math.min(bytesDone, bytesTotal) };
}

/** Nothing is left to do, also not for the user. */
export function isFinished({ discovering, counts }: BatchSummary): boolean {
  return !discovering && counts.queued + counts.transferring + counts.verifying + counts.paused === 0;
}

/** The journal knows both phases as one. */
function moveVerifying(counts: Record<TransferState, number>, live: readonly LiveTransfer[]): void {
  const verifying = Math.min(counts.transferring, live.filter(({ status }) => status.state === 'verifying').length);
  counts.transferring -= verifying;
  counts.verifying += verifying;
}
