import type { TransferPage } from '../../shared/ipc/views.ts';
import type { TransferState } from '../../shared/transfers/transfer.ts';
import type { StateTotal } from '../database/batches.ts';
import type { Database } from '../database/database.ts';
import type { LiveTransfer } from './live-transfer.ts';
import { statusOf, transferView } from './transfer-view.ts';

export interface TransferListQuery {
  readonly offset: number;
  readonly limit: number;
  readonly batchId?: string | undefined;
  readonly states?: readonly TransferState[] | undefined;
}

/** A window of the journal in the order of queueing, with what is under way as it is now. */
export async function listTransfers(database: Database, live: ReadonlyMap<number, LiveTransfer>, { offset, limit, batchId, states }: TransferListQuery): Promise<TransferPage> {
  const { journal } = database;
  const batch = batchId === undefined ? null : await journal.batches.get(batchId);
  if (batchId !== undefined && batch === null) return { rows: [], total: 0 };
  const stored = states === undefined ? undefined : storedStates(states);
  const counts: readonly StateTotal[] = batch === null ? await journal.batches.totals() : batch.counts;
  const total = counts.reduce((sum, { state, count }) => (stored?.includes(state) === false ? sum : sum + count), 0);
  const rows = await journal.transfers.list({ offset, limit, batch: batch?.seq, states: stored });
  const views = rows.map((row) => transferView(row, live.get(row.seq)?.status ?? statusOf(row)));
  return { rows: views.filter(({ status }) => states === undefined || isWanted(states, status.state)), total };
}

/** The journal knows both phases of a transfer under way as `transferring`. */
function storedStates(states: readonly TransferState[]): readonly TransferState[] {
  return [...new Set(states.map((state) => (state === 'verifying' ? 'transferring' : state)))];
}

function isWanted(states: readonly TransferState[], state: TransferState): boolean {
  return states.includes(state) || !(state === 'transferring' || state === 'verifying');
}
