import { setImmediate as nextTurn } from 'node:timers/promises';
import { StorageError } from '../../shared/storage/errors.ts';
import type { Database } from '../database/database.ts';
import type { NewTransfer, NewWalk, WalkRow } from '../database/transfer-rows.ts';
import { wrapError } from '../storage/wrap-error.ts';
import type { Clock } from './clock.ts';
import { patiently } from './patiently.ts';
import { type Found, type Walker, foundFailure } from './walk-items.ts';

/** Rows of one page that go to the journal together. */
const WINDOW = 200;
/** Folders that are listed at the same time. */
const PARALLEL = 4;

export interface DiscoveryOptions {
  readonly journal: Database['journal'];
  readonly batch: number;
  readonly owner: string;
  readonly walker: Walker;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** rows were queued */
  readonly onQueued: () => void;
}

/**
 * Walks the sources of a batch to the end and queues what it finds. What is still to be walked lies in the journal, so that memory
 * stays small, transfers start while it goes on, and another process can go on after a crash without queueing anything twice.
 */
export async function discover(options: DiscoveryOptions): Promise<void> {
  const { journal, batch, signal } = options;
  for (;;) {
    signal.throwIfAborted();
    const walks = await journal.walks.next(batch, WINDOW);
    if (walks.length === 0) return;
    const unknown = walks.filter(({ kind }) => kind === 'unknown');
    if (unknown.length > 0) await lookAt(options, unknown);
    else for (let at = 0; at < walks.length; at += PARALLEL) await Promise.all(walks.slice(at, at + PARALLEL).map((walk) => listFolder(options, walk)));
    await nextTurn();
  }
}

async function lookAt(options: DiscoveryOptions, walks: readonly WalkRow[]): Promise<void> {
  const found: Found[] = [];
  for (const walk of walks) {
    const { source, destination, firstTransfer } = walk;
    const item = await patiently(options, () => options.walker.look(source, destination, options.signal)).catch((error: unknown) => failed(options, walk, error));
    found.push(item.kind === 'folder' ? { ...item, firstTransfer } : item);
  }
  await step(options, null, walks.map(({ seq }) => seq), found);
}

async function listFolder(options: DiscoveryOptions, walk: WalkRow): Promise<void> {
  const { source, destination } = walk;
  let first = walk.firstTransfer;
  try {
    await patiently(options, async () => {
      const known = await namesKnown(options, walk, first);
      let empty = known.size === 0;
      for await (const page of options.walker.list(source, destination, options.signal)) {
        options.signal.throwIfAborted();
        if (page.length > 0) empty = false;
        first = await step(options, walk.seq, [], page.filter((item) => !known.has(sourceOf(item))));
      }
      await step(options, null, [walk.seq], empty ? [{ kind: 'transfer', transfer: { kind: 'folder', source, destination, size: null, error: null } }] : []);
    });
  } catch (error) {
    await step(options, null, [walk.seq], [failed(options, walk, error)]);
  }
}

/** What was queued of this folder before its listing broke off, directly or from deeper below: after a crash or a failure only. */
async function namesKnown({ journal, walker }: DiscoveryOptions, { batch, source }: WalkRow, first: number | null): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  const above = source === '' || source.endsWith(walker.separator) ? source : `${source}${walker.separator}`;
  for (let from = first; from !== null; ) {
    const { sources, next }: { readonly sources: readonly string[]; readonly next: number | null } = await journal.walks.known(batch, from, 5000);
    for (const below of sources) if (below.length > above.length && below.startsWith(above)) known.add(childOf(below, above, walker.separator));
    from = next;
  }
  return known;
}

function childOf(below: string, above: string, separator: string): string {
  const end = below.indexOf(separator, above.length);
  return end < 0 ? below : below.slice(0, end);
}

/** @returns from which row on entries of the folder `current` were queued */
async function step(options: DiscoveryOptions, current: number | null, done: readonly number[], found: readonly Found[]): Promise<number | null> {
  const transfers: NewTransfer[] = [];
  const folders: NewWalk[] = [];
  for (const item of found) {
    if (item.kind === 'transfer') transfers.push(item.transfer);
    else folders.push({ source: item.source, destination: item.destination, firstTransfer: item.firstTransfer ?? null });
  }
  const { batch, owner, clock, signal } = options;
  signal.throwIfAborted();
  const first = await options.journal.walks.step({ batch, owner, current, done, transfers, folders, at: new Date(clock.now()).toISOString() });
  if (transfers.length > 0 || done.length > 0) options.onQueued();
  return first;
}

function sourceOf(item: Found): string {
  return item.kind === 'folder' ? item.source : item.transfer.source;
}

/** A place that cannot be walked becomes a row that the user sees and can retry. */
function failed({ signal }: DiscoveryOptions, { source, destination }: WalkRow, error: unknown): Found {
  if (signal.aborted) throw new StorageError('canceled', 'Canceled.', { cause: error });
  return foundFailure('walk', source, destination, wrapError(error, `list ${source}`));
}
