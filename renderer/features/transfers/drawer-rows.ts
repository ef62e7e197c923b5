import type { BatchSummary, TransferState } from '../../../shared/transfers/transfer.ts';

/** One line of the drawer: the head of a batch, or the nth transfer of it (whose record may not have been asked for yet). */
export type DrawerRow = { readonly kind: 'batch'; readonly batchId: string } | { readonly kind: 'transfer'; readonly batchId: string; readonly index: number };

interface Segment {
  readonly batchId: string;
  /** line of the batch's head */
  readonly start: number;
  /** transfers shown under it */
  readonly transfers: number;
}

/** Where each line of the drawer comes from, without a record for each. */
export interface DrawerLayout {
  readonly count: number;
  readonly segments: readonly Segment[];
}

/**
 * Which batches are shown, newest first, each with the number of transfers under it; as one text, which stays the same while
 * only the progress changes. `states` null: every transfer counts. A batch with nothing to show is left out, unless it is still being filled.
 */
export function shapeOf(batches: readonly BatchSummary[], states: readonly TransferState[] | null, folded: ReadonlySet<string>): string {
  return batches
    .toSorted((a, b) => (a.queuedAt < b.queuedAt ? 1 : a.queuedAt > b.queuedAt ? -1 : 0))
    .filter((batch) => countOf(batch, states) > 0 || (batch.discovering && states === null))
    .map((batch) => `${batch.id} ${folded.has(batch.id) ? 0 : countOf(batch, states)}`)
    .join('\n');
}

/** Reads what {@link shapeOf} wrote. */
export function layOut(shape: string): DrawerLayout {
  const segments: Segment[] = [];
  let count = 0;
  for (const line of shape === '' ? [] : shape.split('\n')) {
    const space = line.lastIndexOf(' ');
    const transfers = Number(line.slice(space + 1));
    segments.push({ batchId: line.slice(0, space), start: count, transfers });
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
  return line === segment.start ? { kind: 'batch', batchId: segment.batchId } : { kind: 'transfer', batchId: segment.batchId, index: line - segment.start - 1 };
}

/** Stable as the lists grow, so that what is open stays open and nothing is drawn again for nothing. */
export function lineKey(layout: DrawerLayout, line: number): string {
  const row = rowAt(layout, line);
  return row === null ? `line ${line}` : row.kind === 'batch' ? row.batchId : `${row.batchId} ${row.index}`;
}

/** @returns the line of a row; -1 when it is not shown any more */
export function lineOf({ segments }: DrawerLayout, row: DrawerRow): number {
  const segment = segments.find(({ batchId }) => batchId === row.batchId);
  if (segment === undefined) return -1;
  if (row.kind === 'batch') return segment.start;
  return row.index < segment.transfers ? segment.start + 1 + row.index : -1;
}

export function countOf(batch: BatchSummary, states: readonly TransferState[] | null): number {
  return (states ?? (Object.keys(batch.counts) as TransferState[])).reduce((sum, state) => sum + batch.counts[state], 0);
}
