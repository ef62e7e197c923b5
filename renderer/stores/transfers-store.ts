import { create } from 'zustand';
import type { TransfersOverview } from '../../shared/ipc/views.ts';
import type { Transfer, TransferState } from '../../shared/transfers/transfer.ts';
import { errorRecord, request } from '../bridge.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';

export type LiveTransfer = TransfersOverview['active'][number];

/** Which rows the drawer shows. */
export type TransferFilter = 'all' | 'active' | 'failed' | 'done';

export const FILTER_STATES: Readonly<Record<TransferFilter, readonly TransferState[] | null>> = {
  all: null,
  active: ['queued', 'transferring', 'verifying', 'paused'],
  failed: ['failed'],
  done: ['done', 'canceled'],
};

/** Rows that are asked for together. */
export const PAGE_ROWS = 100;

interface TransferPageState {
  /** of the overview when it was asked for */
  readonly revision: number;
  readonly rows: readonly Transfer[];
}

interface TransfersState {
  readonly overview: TransfersOverview | null;
  readonly error: ErrorRecord | null;
  readonly filter: TransferFilter;
  /** transfers under way and those that just were, by id: newer than their page */
  readonly live: ReadonlyMap<string, LiveTransfer>;
  /** by {@link pageKey} */
  readonly pages: ReadonlyMap<string, TransferPageState>;
  readonly foldedBatches: ReadonlySet<string>;
  /** transfers whose details the user opened (true) or closed (false) */
  readonly details: ReadonlyMap<string, boolean>;
  /** bytes per second, one figure a second, oldest first */
  readonly samples: readonly number[];
}

const SAMPLES = 60;
const MOST_JUST_ENDED = 300;
const ENDED: ReadonlySet<TransferState> = new Set(['done', 'failed', 'canceled', 'paused']);
const SAMPLE_EVERY_MS = 1000;
let sampledAt = -Infinity;

export const useTransfers = create<TransfersState>()(() => ({
  overview: null, error: null, filter: 'all', live: new Map(), pages: new Map(), foldedBatches: new Set(), details: new Map(), samples: [],
}));

export function pageKey(batchId: string, page: number): string {
  return `${batchId} ${page}`;
}

export async function loadTransfers(): Promise<void> {
  try {
    acceptOverview(await request('transfers.overview', {}));
  } catch (error) {
    useTransfers.setState({ error: errorRecord(error) });
  }
}

export function acceptOverview(overview: TransfersOverview, now: number = performance.now()): void {
  useTransfers.setState((state) => {
    const live = new Map(overview.active.map((transfer) => [transfer.id, transfer]));
    // one that just ended stays as it was seen last until its page is asked for again: no flash of an older state
    const justEnded = [...state.live].filter(([id]) => !live.has(id)).slice(-MOST_JUST_ENDED);
    for (const [id, transfer] of justEnded) live.set(id, transfer.secondsLeft === null && transfer.bytesPerSecond === null ? transfer : { ...transfer, bytesPerSecond: null, secondsLeft: null });
    const due = now - sampledAt >= SAMPLE_EVERY_MS;
    if (due) sampledAt = now;
    return { overview, error: null, live, samples: due ? [...state.samples, overview.bytesPerSecond].slice(-SAMPLES) : state.samples };
  });
}

export function setTransferFilter(filter: TransferFilter): void {
  useTransfers.setState({ filter, pages: new Map() });
}

export function toggleBatch(batchId: string): void {
  useTransfers.setState(({ foldedBatches }) => {
    const next = new Set(foldedBatches);
    if (!next.delete(batchId)) next.add(batchId);
    return { foldedBatches: next };
  });
}

export function setDetails(transferId: string, open: boolean): void {
  useTransfers.setState(({ details }) => ({ details: new Map(details).set(transferId, open) }));
}

const asked = new Set<string>();

/** Asks for a page unless the one at hand is of the present revision. */
export async function loadTransferPage(batchId: string, page: number): Promise<void> {
  const { filter, overview, pages } = useTransfers.getState();
  const key = pageKey(batchId, page);
  const revision = overview?.revision ?? 0;
  if (asked.has(key) || pages.get(key)?.revision === revision) return;
  asked.add(key);
  const states = FILTER_STATES[filter];
  try {
    const answer = await request('transfers.list', { offset: page * PAGE_ROWS, limit: PAGE_ROWS, batchId, ...(states === null ? {} : { states: [...states] }) });
    if (useTransfers.getState().filter === filter) acceptPage(key, revision, answer.rows);
  } catch (error) {
    useTransfers.setState({ error: errorRecord(error) });
  } finally {
    asked.delete(key);
  }
}

function acceptPage(key: string, revision: number, rows: readonly Transfer[]): void {
  useTransfers.setState((state) => {
    const under = new Set(state.overview?.active.map(({ id }) => id));
    const live = new Map(state.live);
    // an answer that was under way while the transfer ended may still call it running: then what was seen last is newer
    for (const { id, status } of rows) if (!under.has(id) && (ENDED.has(status.state) || state.overview?.revision === revision)) live.delete(id);
    const before = new Map(state.pages.get(key)?.rows.map((row) => [row.id, row]));
    const kept = rows.map((row) => {
      const old = before.get(row.id);
      return old !== undefined && JSON.stringify(old) === JSON.stringify(row) ? old : row;
    });
    return { live: live.size === state.live.size ? state.live : live, pages: new Map(state.pages).set(key, { revision, rows: kept }) };
  });
}
