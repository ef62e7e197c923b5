import { StorageError } from '../../shared/storage/errors.ts';
import { type LocationPath, parentPath } from '../../shared/storage/path.ts';
import type { BatchSummary } from '../../shared/transfers/transfer.ts';
import type { BatchRow } from '../database/batches.ts';
import type { Database } from '../database/database.ts';
import type { Ending, TransferRow } from '../database/transfer-rows.ts';
import { BatchWork } from './batch-work.ts';
import type { Clock } from './clock.ts';
import { discover } from './discovery.ts';
import type { Connected, Job, JobResult, KnownDigest } from './job.ts';
import { LiveTransfer } from './live-transfer.ts';
import { batchSummary, isFinished } from './overview.ts';
import { mismatchState, provenState, receiptFor } from './receipt.ts';
import { retryDelay } from './retry-policy.ts';
import type { Runner } from './runner.ts';
import { localWalker } from './walk-local.ts';
import { locationWalker } from './walk-location.ts';

export interface EngineOptions {
  readonly database: Database;
  readonly owner: string;
  readonly connect: (locationId: string) => Promise<Connected>;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly appVersion: string;
  readonly concurrency: number;
  readonly events: EngineEvents;
}

export interface EngineEvents {
  /** rows changed in the journal */
  changed(): void;
  /** bytes came over the line */
  moved(bytes: number): void;
  folderChanged(locationId: string, path: LocationPath): void;
  finished(batch: BatchSummary): void;
}

/** Begins what is queued, as many at once as allowed and fair between batches, and writes down how each ends. */
export class TransferEngine {
  readonly live = new Map<number, LiveTransfer>();
  readonly #options: EngineOptions;
  readonly #works = new Map<number, BatchWork>();
  readonly #running = new Set<Promise<void>>();
  #concurrency: number;
  #slots = 0;
  #turn = 0;
  #paused = false;
  #stopped = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#concurrency = options.concurrency;
  }

  get paused(): boolean {
    return this.#paused;
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#fill();
    this.#options.events.changed();
  }

  setConcurrency(concurrency: number): void {
    this.#concurrency = concurrency;
    this.#fill();
  }

  /** Begins or goes on with batches of this owner: walks what is still to be walked, then moves what is queued. */
  work(batches: readonly BatchRow[]): void {
    for (const row of batches) {
      const known = this.#works.get(row.seq);
      const work = known ?? new BatchWork(row);
      this.#works.set(row.seq, work);
      work.wake();
      if (work.walk === null) this.#track(this.#walk(work));
    }
    this.#fill();
  }

  /** Stops what is under way of these rows; they end as canceled. */
  abort(which: (row: TransferRow) => boolean): void {
    for (const transfer of this.live.values()) if (which(transfer.row)) transfer.abort.abort();
  }

  /** Ends the walks over the sources of a batch, or of all. */
  abortWalks(batch: number | undefined): void {
    for (const work of this.#works.values()) if (batch === undefined || work.row.seq === batch) work.walk?.abort();
  }

  /** Looks whether a batch has come to its end by a command. */
  async settle(): Promise<void> {
    await Promise.all([...this.#works.values()].map((work) => this.#finishBatch(work)));
  }

  /** Aborts everything and waits until nothing is written any more. Rows under way stay so in the journal. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const work of this.#works.values()) work.stop();
    this.abort(() => true);
    await Promise.all(this.#running);
  }

  #fill(): void {
    while (!this.#stopped && !this.#paused && this.#slots < this.#concurrency && this.#ready().length > 0) {
      this.#slots++;
      this.#track(this.#slot().finally(() => this.#slots--).then(() => this.#fill()));
    }
  }

  #ready(): readonly BatchWork[] {
    return [...this.#works.values()].filter((work) => work.isReady);
  }

  /** One place among those that move at the same time: takes a row, moves it, takes the next. */
  async #slot(): Promise<void> {
    while (!this.#stopped && !this.#paused && this.#slots <= this.#concurrency) {
      const [work, row] = (await this.#claim()) ?? [];
      if (work === undefined || row === undefined) return;
      await this.#run(work, row);
    }
  }

  /** The next row, batches taking turns; null when none has any. */
  async #claim(): Promise<readonly [BatchWork, TransferRow] | null> {
    const { database, owner, clock } = this.#options;
    for (;;) {
      const ready = this.#ready();
      const work = ready[this.#turn++ % Math.max(1, ready.length)];
      if (work === undefined || this.#stopped || this.#paused) return null;
      const nothing = work.ask();
      const row = await database.journal.transfers.claim(work.row.seq, owner, clock.now());
      if (row !== null) return [work, row];
      nothing();
      this.#track(this.#finishBatch(work));
    }
  }

  async #run(work: BatchWork, row: TransferRow): Promise<void> {
    const { clock, events, runner } = this.#options;
    const transfer = new LiveTransfer(row, clock.now());
    this.live.set(row.seq, transfer);
    events.changed();
    if (this.#stopped) transfer.abort.abort();
    const apply = (event: Parameters<LiveTransfer['apply']>[0]): void => events.moved(transfer.apply(event, clock.now()));
    const result = await runner.run(await this.#job(work, row), {
      signal: transfer.abort.signal,
      onProgress: (progress) => apply({ type: 'progress', progress }),
      onRung: (rung) => apply({ type: 'rung', rung, total: row.size }),
    });
    // The next row is claimed without waiting for this: both then share one commit.
    this.#track(this.#end(work, transfer, result));
  }

  async #job(work: BatchWork, row: TransferRow): Promise<Job> {
    const { direction, locationId, source, destination, conflict } = row;
    return {
      batchId: work.row.id,
      direction: direction === 'download' ? 'download' : 'upload',
      kind: row.kind === 'folder' ? 'folder' : 'file',
      locationId, source, destination,
      root: work.row.root,
      conflict: conflict ?? work.row.conflict,
      interrupted: row.interrupted === 1,
      published: row.published === 1,
      options: work.options,
      known: direction === 'download' ? await this.#knownDigest(locationId, source) : null,
    };
  }

  async #knownDigest(locationId: string, place: LocationPath): Promise<KnownDigest | null> {
    const state = (await this.#options.database.fileStates.forPaths(locationId, [place])).get(place);
    if (state === undefined || state.kind !== 'proven' || state.checksum === null) return null;
    return { size: state.size, modified: state.modified, checksum: state.checksum, at: state.at };
  }

  async #end(work: BatchWork, transfer: LiveTransfer, result: JobResult): Promise<void> {
    const { database, owner, clock, events } = this.#options;
    const { row } = transfer;
    // The process is about to go: the row stays as under way, and whoever takes over looks at what is there.
    if (this.#stopped && result.kind === 'failed') return void this.live.delete(row.seq);
    const ending = this.#ending(transfer, result);
    try {
      await database.journal.transfers.finish(row.seq, owner, ending, new Date(clock.now()).toISOString());
    } catch {
      // Nothing more may begin while endings cannot be written down; this row is looked at again by the next start.
      this.setPaused(true);
    }
    this.live.delete(row.seq);
    if (ending.state === 'queued') {
      work.wait(ending.runAfter - clock.now(), clock, () => this.#fill());
    } else if (result.kind === 'stored' || result.kind === 'skipped') {
      this.#tellFolders(work, result.kind === 'stored' ? result.place : row.destination);
    }
    events.changed();
    await this.#finishBatch(work);
  }

  #ending(transfer: LiveTransfer, result: JobResult): Ending {
    const { clock, appVersion } = this.#options;
    const { row } = transfer;
    const at = new Date(clock.now()).toISOString();
    switch (result.kind) {
      case 'stored':
        return { state: 'done', receipt: receiptFor(row, result, at, appVersion), fileState: provenState(row, result, at), destination: result.place };
      case 'skipped':
        return { state: 'done', reason: result.reason };
      case 'conflict':
        return { state: 'paused', reason: 'conflict' };
      case 'failed': {
        const { error, published } = result;
        if (transfer.abort.signal.aborted) return { state: 'canceled' };
        const delay = retryDelay(error, row.tries);
        if (delay !== null) return { state: 'queued', error, published, runAfter: clock.now() + Math.ceil(delay) };
        return { state: 'failed', error, published, fileState: mismatchState(row, result, at) };
      }
    }
  }

  /** Every folder from the root of the batch down to the file may show something new. */
  #tellFolders({ row }: BatchWork, place: string): void {
    if (row.direction !== 'upload') return;
    for (let folder = parentPath(place); ; folder = parentPath(folder)) {
      this.#options.events.folderChanged(row.locationId, folder);
      if (folder === row.root || folder === '') return;
    }
  }

  async #walk(work: BatchWork): Promise<void> {
    const { database, owner, clock, connect, events } = this.#options;
    const { row } = work;
    const abort = new AbortController();
    work.walk = abort;
    try {
      await discover({
        journal: database.journal, batch: row.seq, owner, clock, signal: abort.signal,
        walker: row.direction === 'upload' ? localWalker : locationWalker(() => connect(row.locationId)),
        onQueued: () => {
          work.wake();
          this.#fill();
          events.changed();
        },
      });
    } catch (error) {
      if (!abort.signal.aborted) this.#walkFailed(error);
    } finally {
      work.walk = null;
    }
    events.changed();
    await this.#finishBatch(work);
  }

  /** Places that cannot be walked are rows; what comes here is a journal that cannot be written. */
  #walkFailed(error: unknown): void {
    if (error instanceof StorageError) return this.setPaused(true);
    throw error;
  }

  async #finishBatch(work: BatchWork): Promise<void> {
    const { seq, id } = work.row;
    const isBusy = (): boolean => this.#stopped || !work.isQuiet || [...this.live.values()].some(({ row }) => row.batch === seq);
    if (isBusy()) return;
    const batch = await this.#options.database.journal.batches.get(id);
    if (isBusy() || this.#works.get(seq) !== work) return;
    const summary = batch === null ? null : batchSummary(batch);
    if (summary !== null && !isFinished(summary)) return;
    this.#works.delete(seq);
    this.#options.runner.forget(id);
    if (summary !== null) this.#options.events.finished(summary);
  }

  #track(action: Promise<void>): void {
    this.#running.add(action);
    void action.finally(() => this.#running.delete(action));
  }
}
