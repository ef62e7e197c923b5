import type { BatchSummary, TransferState } from '../../../shared/transfers/transfer.ts';

/** One line of the drawer: the head of a batch, or the nth transfer of it (whose record may not have been asked for yet). */
export type DrawerRow = { readonly kind: 'batch'; readonly batch: BatchSummary } | { readonly kind: 'transfer'; readonly batchId: string; readonly index: number };

interface Segment {
  readonly batch: BatchSummary;
  /** line of the batch's head */
  readonly start: number;
  /** transfers shown under it */
  readonly transfers: number;
}

/** Where each line of the drawer comes from, without a record for each: batches newest first, each with its head and its transfers. */
export interface DrawerLayout {
  readonly count: number;
  readonly segments: readonly Segment[];
}

/** `states` null: every transfer counts. A batch with nothing to show is left out, unless it is still being filled. */
export function layOut(batches: readonly BatchSummary[], states: readonly TransferState[] | null, folded: ReadonlySet<string>): DrawerLayout {
  const segments: Segment[] = [];
  let count = 0;
  for (const batch of batches.toSorted((a, b) => (a.queuedAt < b.queuedAt ? 1 : a.queuedAt > b.queuedAt ? -1 : 0))) {
    const all = countOf(batch, states);
    if (all === 0 && !(batch.discovering && states === null)) continue;
    const transfers = folded.has(batch.id) ? 0 : all;
    segments.push({ batch, start: count, transfers });
    count += 1 + transfers;
  }
  return { count, segments };
}

export function rowAt({ segments }: DrawerLayout, line: number): DrawerRow | null {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const half = Math.ceil((low + high) / 2);
    if ((segments[half]?.start ?? Infinity) <= line) low = half;
    else high = half - 1;
  }
  const segment = segments[low];
  if (segment === undefined || line < segment.start || line > segment.start + segment.transfers) return null;
  return line === segment.start ? { kind: 'batch', batch: segment.batch } : { kind: 'transfer', batchId: segment.batch.id, index: line - segment.start - 1 };
}

/** Stable as the lists grow, so that what is open stays open and nothing is drawn again for nothing. */
export function lineKey(layout: DrawerLayout, line: number): string {
  const row = rowAt(layout, line);
  return row === null ? `line ${line}` : row.kind === 'batch' ? row.batch.id : `${row.batchId} ${row.index}`;
}

/** @returns the line of a key made by {@link lineKey}; -1 when it is not shown any more */
export function lineOf({ segments }: DrawerLayout, key: string): number {
  const [batchId, index] = key.split(' ');
  const segment = segments.find(({ batch }) => batch.id === batchId);
  if (segment === undefined) return -1;
  return index === undefined ? segment.start : Number(index) < segment.transfers ? segment.start + 1 + Number(index) : -1;
}

export function countOf(batch: BatchSummary, states: readonly TransferState[] | null): number {
  return (states ?? (Object.keys(batch.counts) as TransferState[])).reduce((sum, state) => sum + batch.counts[state], 0);
}
