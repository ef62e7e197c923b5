import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ErrorRecord, StorageError } from '../../shared/storage/errors.ts';
import { type LocationPath, parentPath } from '../../shared/storage/path.ts';
import type { BatchSummary, TransferState } from '../../shared/transfers/transfer.ts';
import type { BatchRow } from '../database/batches.ts';
import type { Database } from '../database/database.ts';
import type { TransferRow } from '../database/transfer-rows.ts';
import { SUSPENDED } from '../storage/operation-options.ts';
import { wrapError } from '../storage/wrap-error.ts';
import { BatchWork } from './batch-work.ts';
import type { Clock } from './clock.ts';
import { discover } from './discovery.ts';
import { endingFor } from './ending.ts';
import { jobFor } from './job-for.ts';
import type { Connected, JobResult } from './job.ts';
import type { Leftover } from './leftover.ts';
import { LiveTransfer } from './live-transfer.ts';
import { batchSummary, isFinished } from './overview.ts';
import { patiently } from './patiently.ts';
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
  /** the journal cannot be written; nothing new is begun until somebody resumes */
  trouble(error: ErrorRecord): void;
}

const LEFT_AT_ONCE = 100;

/** Begins what is queued, as many at once as allowed and fair between batches, and writes down how each ends. */
export class TransferEngine {
  readonly live = new Map<number, LiveTransfer>();
  readonly #options: EngineOptions;
  readonly #works = new Map<number, BatchWork>();
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();
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

  /** Begins nothing more until it is told otherwise. What is under way goes on. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#fill();
    this.#options.events.changed();
  }

  /** Holds a batch back, or lets it go on. */
  setBatchPaused(batch: number, paused: boolean): void {
    const work = this.#works.get(batch);
    if (work !== undefined) work.paused = paused;
    this.#fill();
  }

  setPriority(batch: number, priority: number): void {
    const work = this.#works.get(batch);
    if (work !== undefined) work.priority = priority;
  }

  /** Stops what is under way of these rows, also what is begun during `action`, and keeps what it has done. Resolves when it has ended. */
  async suspendWhile(which: (row: TransferRow) => boolean, how: 'row' | 'batch', action: () => Promise<void>): Promise<void> {
    const stopped = this.#suspend(which, how);
    await action();
    await nextTurn();
    await Promise.all([...stopped, ...this.#suspend(which, how)].map(({ ended }) => ended));
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

  /** Stops what is under way of these rows, also what is begun during `action`. Resolves when they have ended, as canceled unless they were done. */
  async abortWhile(which: (row: TransferRow) => boolean, action: () => Promise<void>): Promise<void> {
    const stopped = this.#abort(which);
    await action();
    // A row that was claimed just before `action` reached the journal is under way by the next turn.
    await nextTurn();
    await Promise.all([...stopped, ...this.#abort(which)].map(({ ended }) => ended));
  }

  /** Ends the walks over the sources of a batch, or of all. */
  abortWalks(batch: number | undefined): void {
    for (const work of this.#works.values()) if (batch === undefined || work.row.seq === batch) work.walk?.abort();
  }

  /** Removes what transfers in these states, which will not go on, left at their destinations. What cannot be reached now is told by the location's unfinished uploads later. */
  async tidyUp(states: readonly TransferState[]): Promise<void> {
    const { database, owner, runner } = this.#options;
    for (;;) {
      const rows = await database.journal.transfers.left(states, owner, LEFT_AT_ONCE);
      for (const { seq, direction, locationId, root, resume } of rows) {
        await runner.discard({ direction, locationId, root, leftover: JSON.parse(resume) as Leftover }).catch(() => undefined);
        await database.journal.transfers.keep(seq, null);
      }
      if (rows.length < LEFT_AT_ONCE) return;
    }
  }

  /** Looks whether a batch has come to its end by a command. */
  async settle(): Promise<void> {
    await Promise.all([...this.#works.values()].map((work) => this.#finishBatch(work)));
  }

  /** Aborts everything and waits until nothing is written any more. Rows under way stay so in the journal. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#closing.abort();
    for (const work of this.#works.values()) work.stop();
    this.#abort(() => true, SUSPENDED);
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Another process took over: what is under way here is stopped, and nothing more is begun. */
  giveUp(): void {
    void this.stop();
    this.#options.events.trouble(new StorageError('unavailable', 'Another process of Holdfast took these transfers over. Start Holdfast again to go on.', { retryable: false }).toRecord());
  }

  #abort(which: (row: TransferRow) => boolean, reason?: StorageError): readonly LiveTransfer[] {
    const stopped = [...this.live.values()].filter(({ row }) => which(row));
    for (const { abort } of stopped) abort.abort(reason);
    return stopped;
  }

  #suspend(which: (row: TransferRow) => boolean, how: 'row' | 'batch'): readonly LiveTransfer[] {
    const stopped = [...this.live.values()].filter(({ row, abort }) => which(row) && !abort.signal.aborted);
    for (const transfer of stopped) {
      transfer.suspended = how;
      transfer.abort.abort(SUSPENDED);
    }
    return stopped;
  }

  #fill(): void {
    while (!this.#stopped && !this.#paused && this.#slots < this.#concurrency && this.#ready().length > 0) {
      this.#slots++;
      this.#track(this.#slot().finally(() => this.#slots--).then(() => this.#fill()));
    }
  }

  /** Those of the highest priority among the batches that may have something to begin. */
  #ready(): readonly BatchWork[] {
    const ready = [...this.#works.values()].filter((work) => work.isReady);
    const highest = Math.max(...ready.map(({ priority }) => priority));
    return ready.filter(({ priority }) => priority === highest);
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
      const row = await this.#insist(() => database.journal.transfers.claim(work.row.seq, owner, clock.now()));
      if (row !== null) return [work, row];
      nothing();
      this.#track(this.#finishBatch(work));
    }
  }

  async #run(work: BatchWork, row: TransferRow): Promise<void> {
    const { database, clock, events, runner } = this.#options;
    const transfer = new LiveTransfer(row, clock.now());
    this.live.set(row.seq, transfer);
    events.changed();
    if (this.#stopped) transfer.abort.abort(SUSPENDED);
    const apply = (event: Parameters<LiveTransfer['apply']>[0]): void => events.moved(transfer.apply(event, clock.now()));
    const job = await this.#insist(() => jobFor(database, work, row)).catch((error: unknown) => {
      this.#drop(transfer);
      throw error;
    });
    const result = await runner.run(job, {
      signal: transfer.abort.signal,
      onProgress: (progress) => apply({ type: 'progress', progress }),
      onRung: (rung) => apply({ type: 'rung', rung, total: row.size }),
      onLeftover: (leftover) => this.#track(this.#insist(() => database.journal.transfers.keep(row.seq, JSON.stringify(leftover)))),
    });
    // The next row is claimed without waiting for this: both then share one commit.
    this.#track(this.#end(work, transfer, result));
  }

  async #end(work: BatchWork, transfer: LiveTransfer, result: JobResult): Promise<void> {
    const { database, owner, clock, events, appVersion } = this.#options;
    const { row } = transfer;
    // The process is about to go: the row stays as under way, and whoever takes over looks at what is there.
    if (this.#stopped && result.kind === 'failed') return this.#drop(transfer);
    const ending = endingFor(row, result, { aborted: transfer.abort.signal.aborted, suspended: transfer.suspended, now: clock.now(), appVersion });
    try {
      await this.#insist(() => database.journal.transfers.finish(row.seq, owner, ending, new Date(clock.now()).toISOString()));
    } finally {
      this.#drop(transfer);
    }
    if (ending.state === 'suspended') {
      work.wake();
      this.#fill();
    } else if (ending.state === 'queued') {
      work.wait(ending.runAfter - clock.now(), clock, () => this.#fill());
    } else if (result.kind === 'stored' || result.kind === 'skipped') {
      this.#tellFolders(work, result.kind === 'stored' ? result.place : row.destination);
    }
    events.changed();
    await this.#finishBatch(work);
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
      if (!abort.signal.aborted) throw error;
    } finally {
      work.walk = null;
    }
    events.changed();
    await this.#finishBatch(work);
  }

  #drop(transfer: LiveTransfer): void {
    this.live.delete(transfer.row.seq);
    transfer.end();
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

  /** Asks the journal again when another process held it for long. */
  #insist<T>(action: () => Promise<T>): Promise<T> {
    return patiently({ clock: this.#options.clock, signal: this.#closing.signal }, action);
  }

  /** What fails here is the journal: nothing more may begin while it cannot be told how it ends. The next start looks at such rows again. */
  #track(action: Promise<void>): void {
    const done = action.catch((error: unknown) => {
      if (this.#stopped) return;
      this.setPaused(true);
      this.#options.events.trouble(wrapError(error, 'write the journal').toRecord());
    });
    this.#running.add(done);
    void done.finally(() => this.#running.delete(done));
  }
}
