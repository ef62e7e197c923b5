import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { TransferPage, TransfersOverview } from '../../shared/ipc/views.ts';
import { type ErrorRecord, StorageError } from '../../shared/storage/errors.ts';
import { type LocationPath, baseName, joinLocationPath } from '../../shared/storage/path.ts';
import type { BatchPriority, BatchSummary, ConflictPolicy, Direction } from '../../shared/transfers/transfer.ts';
import type { BatchWithCounts, StateTotal } from '../database/batches.ts';
import type { Database } from '../database/database.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import type { Connected, TransferOptions } from './job.ts';
import { Journal, type Which } from './journal.ts';
import { Lease } from './lease.ts';
import { childPath } from './local-target.ts';
import { batchSummary, buildOverview, isFinished } from './overview.ts';
import { Publisher } from './publisher.ts';
import { type Runner, createRunner } from './runner.ts';
import { SpeedMeter } from './speed-meter.ts';
import { TransferEngine } from './transfer-engine.ts';
import { type TransferListQuery, listTransfers } from './transfer-list.ts';

export interface TransferQueueOptions {
  readonly database: Database;
  readonly connect: (locationId: string) => Promise<Connected>;
  readonly appVersion: string;
  /** files moved at the same time */
  readonly concurrency: number;
  readonly clock?: Clock;
  readonly runner?: Runner;
}

export interface UploadRequest {
  /** absolute paths of this computer: files and folders */
  readonly paths: readonly string[];
  readonly locationId: string;
  readonly folder: LocationPath;
  readonly conflict: ConflictPolicy;
  readonly options?: TransferOptions;
}

export interface DownloadRequest {
  readonly locationId: string;
  readonly paths: readonly LocationPath[];
  /** absolute path of a folder of this computer */
  readonly targetFolder: string;
  readonly conflict: ConflictPolicy;
  readonly options?: TransferOptions;
}

export interface FolderChange {
  readonly locationId: string;
  readonly path: LocationPath;
}

/** Finished batches that an overview tells of. */
const BATCHES_SHOWN = 200;

/** Uploads and downloads of files and folder trees. The journal is the queue: it survives the process, and memory holds only what is under way. */
export class TransferQueue {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #runner: Runner;
  readonly #lease: Lease;
  readonly #journal: Journal;
  readonly #engine: TransferEngine;
  readonly #publisher: Publisher;
  readonly #speed: SpeedMeter;
  readonly #changeListeners = new Set<(overview: TransfersOverview) => void>();
  readonly #folderListeners = new Set<(change: FolderChange) => void>();
  readonly #finishListeners = new Set<(batch: BatchSummary) => void>();
  readonly #closeListeners = new Set<() => void>();
  readonly #troubleListeners = new Set<(error: ErrorRecord) => void>();
  #changedFolders = new Map<string, FolderChange>();
  #revision = 0;
  #known: { readonly revision: number; readonly batches: readonly BatchWithCounts[]; readonly totals: readonly StateTotal[] } = { revision: -1, batches: [], totals: [] };

  constructor({ database, connect, appVersion, concurrency, clock = SYSTEM_CLOCK, runner = createRunner(connect) }: TransferQueueOptions) {
    this.#database = database;
    this.#clock = clock;
    this.#runner = runner;
    this.#lease = new Lease(database, clock, () => this.#engine.giveUp());
    this.#journal = new Journal(database, this.#lease.id);
    this.#speed = new SpeedMeter(clock.now());
    this.#publisher = new Publisher(clock, () => this.#publish());
    this.#engine = new TransferEngine({
      database, connect, appVersion, concurrency, clock, runner,
      owner: this.#lease.id,
      events: {
        changed: () => this.#changed(),
        moved: (bytes) => {
          this.#speed.add(bytes, clock.now());
          this.#publisher.request();
        },
        folderChanged: (locationId, place) => {
          this.#changedFolders.set(`${locationId}/${place}`, { locationId, path: place });
        },
        finished: (batch) => {
          for (const listener of this.#finishListeners) listener(batch);
        },
        trouble: (error) => {
          for (const listener of this.#troubleListeners) listener(error);
        },
      },
    });
  }

  /** Must be called once before anything else. `takeOver`: goes on with what dead processes left. */
  async start({ takeOver = false }: { readonly takeOver?: boolean } = {}): Promise<void> {
    await this.#lease.begin();
    if (takeOver) await this.takeOver();
  }

  /** Goes on with what processes left that have died since (a command that was killed beside the window, for example). */
  async takeOver(): Promise<void> {
    await this.adopt();
    await this.#workOn();
    this.#changed();
  }

  /** Makes what such processes left, or one batch of it, this one's own, and begins nothing of it. @returns the ids of all unfinished batches that are this one's own now */
  async adopt(batchId?: string): Promise<readonly string[]> {
    await this.#lease.evictDead();
    await this.#database.journal.batches.adopt(this.#lease.id, batchId);
    return (await this.#database.journal.batches.unfinished(this.#lease.id)).map(({ id }) => id);
  }

  /** The batches with their counts as the journal has them now, also those of other processes; newest first. */
  async batches(): Promise<readonly BatchSummary[]> {
    return (await this.#database.journal.batches.list(BATCHES_SHOWN)).map((batch) => batchSummary(batch));
  }

  /** Something will be transferred soon. */
  prepare(): void {
    this.#runner.prepare();
  }

  /** @returns the id of the batch; transfers begin while its folders are still being walked */
  upload({ paths, locationId, folder, conflict, options = {} }: UploadRequest): Promise<string> {
    const walks = paths.map((source) => ({ source, destination: joinLocationPath(folder, path.basename(source)) }));
    const title = titleOf(paths.map((source) => path.basename(source)));
    return this.#add({ direction: 'upload', title, locationId, root: folder, conflict, options, walks });
  }

  /** @returns the id of the batch @throws StorageError invalid_location when a name cannot exist on this computer */
  download({ locationId, paths, targetFolder, conflict, options = {} }: DownloadRequest): Promise<string> {
    const walks = paths.map((source) => ({ source, destination: source === '' ? targetFolder : childPath(path, targetFolder, baseName(source)) }));
    return this.#add({ direction: 'download', title: titleOf(paths.map(baseName)), locationId, root: targetFolder, conflict, options, walks });
  }

  /** What is done stays. Resolves when what was under way has ended and left nothing behind. */
  async cancel(which: Which): Promise<void> {
    const selection = await this.#journal.select(which);
    if (selection.transfer === undefined) this.#engine.abortWalks(selection.batch);
    await this.#engine.abortWhile(
      (row) => (selection.transfer ?? row.seq) === row.seq && (selection.batch ?? row.batch) === row.batch,
      () => this.#journal.cancel(selection, new Date(this.#clock.now()).toISOString()),
    );
    await this.#engine.tidyUp(['canceled']);
    await this.#afterCommand();
  }

  /** Queues failed transfers again, a single one also when it was canceled. */
  async retry(which: Which): Promise<void> {
    await this.#journal.retry(await this.#journal.select(which));
    await this.#afterCommand();
  }

  /** Removes finished rows from the list; receipts stay. */
  async clear({ includeFailed }: { readonly includeFailed: boolean }): Promise<void> {
    if (includeFailed) await this.#engine.tidyUp(['failed']);
    await this.#journal.clear(includeFailed ? ['done', 'canceled', 'failed'] : ['done', 'canceled']);
    await this.#afterCommand();
  }

  /** Holds back one transfer, a batch, or everything. What is under way stops and is gone on with later. Resolves when it has stopped. */
  async pause(which: Which): Promise<void> {
    const { transfer, batch } = await this.#journal.select(which);
    if (transfer !== undefined) await this.#engine.suspendWhile(({ seq }) => seq === transfer, 'row', () => this.#journal.hold(transfer));
    else if (batch === undefined) await this.#engine.suspendWhile(() => true, 'batch', () => Promise.resolve(this.#engine.setPaused(true)));
    else {
      await this.#engine.suspendWhile((row) => row.batch === batch, 'batch', async () => {
        this.#engine.setBatchPaused(batch, true);
        await this.#database.journal.batches.setPaused(batch, true);
      });
    }
    this.#changed();
  }

  /** Goes on with what was held back. */
  async resume(which: Which): Promise<void> {
    const { transfer, batch } = await this.#journal.select(which);
    if (transfer !== undefined) await this.#journal.release(transfer);
    else if (batch === undefined) this.#engine.setPaused(false);
    else {
      await this.#database.journal.batches.setPaused(batch, false);
      this.#engine.setBatchPaused(batch, false);
    }
    await this.#afterCommand();
  }

  /** Which batches go first. */
  async setPriority(batchId: string, priority: BatchPriority): Promise<void> {
    const { batch } = await this.#journal.select({ batchId });
    if (batch === undefined) return;
    await this.#database.journal.batches.setPriority(batch, priority);
    this.#engine.setPriority(batch, priority);
    this.#changed();
  }

  setConcurrency(concurrency: number): void {
    this.#engine.setConcurrency(concurrency);
  }

  /** `wholeBatch`: also for conflicts of the batch that are still to come. */
  async answerConflict({ transferId, action, wholeBatch }: { readonly transferId: string; readonly action: 'skip' | 'overwrite' | 'rename'; readonly wholeBatch: boolean }): Promise<void> {
    const selection = await this.#journal.select({ transferId });
    const batch = wholeBatch ? (await this.#database.journal.transfers.get(selection.transfer ?? 0))?.batch : undefined;
    await this.#journal.answer(batch === undefined ? selection : { batch }, action);
    await this.#afterCommand();
  }

  async overview(): Promise<TransfersOverview> {
    const revision = this.#revision;
    if (this.#known.revision !== revision) {
      const { batches } = this.#database.journal;
      const [rows, totals] = await Promise.all([batches.list(BATCHES_SHOWN), batches.totals()]);
      this.#known = { revision, batches: rows, totals };
    }
    const now = this.#clock.now();
    const { live, paused } = this.#engine;
    return buildOverview({ ...this.#known, revision, live: [...live.values()], bytesPerSecond: live.size === 0 ? 0 : (this.#speed.rate(now) ?? 0), paused, now });
  }

  list(query: TransferListQuery): Promise<TransferPage> {
    return listTransfers(this.#database, this.#engine.live, query);
  }

  /** Told at most ten times a second for everything together. @returns unsubscribe */
  onChange(listener: (overview: TransfersOverview) => void): () => void {
    return subscribe(this.#changeListeners, listener);
  }

  /** Something in that folder of a location was stored. @returns unsubscribe */
  onFolderChanged(listener: (change: FolderChange) => void): () => void {
    return subscribe(this.#folderListeners, listener);
  }

  /** Everything of a batch has come to an end; again after a retry. @returns unsubscribe */
  onBatchFinished(listener: (batch: BatchSummary) => void): () => void {
    return subscribe(this.#finishListeners, listener);
  }

  /** The journal cannot be written (for example, its disk is full), so nothing new is begun. @returns unsubscribe */
  onTrouble(listener: (error: ErrorRecord) => void): () => void {
    return subscribe(this.#troubleListeners, listener);
  }

  /** Resolves when nothing of the batch is queued, under way or waiting for an answer. @throws StorageError not_found; canceled when the queue is closed first; what the journal failed with when nothing can go on */
  async whenFinished(batchId: string): Promise<BatchSummary> {
    const waiting: (() => void)[] = [];
    const finished = new Promise<BatchSummary | StorageError>((resolve) => {
      waiting.push(this.onBatchFinished((batch) => {
        if (batch.id === batchId) resolve(batch);
      }));
      waiting.push(subscribe(this.#closeListeners, () => resolve(new StorageError('canceled', 'Holdfast ends before this batch does; the next start goes on with it.'))));
      waiting.push(this.onTrouble(({ code, message, ...options }) => resolve(new StorageError(code, message, options))));
    });
    try {
      const now = batchSummary(await this.#journal.batch(batchId));
      const ended = isFinished(now) ? now : await finished;
      if (ended instanceof StorageError) throw ended;
      return ended;
    } finally {
      for (const unsubscribe of waiting) unsubscribe();
    }
  }

  /** Aborts what is under way and leaves the rest in the journal, so that the next start goes on. */
  async close(): Promise<void> {
    this.#lease.end();
    this.#publisher.close();
    await this.#engine.stop();
    for (const listener of this.#closeListeners) listener();
    await this.#runner.close();
    await this.#database.journal.batches.release(this.#lease.id);
  }

  async #add(batch: {
    readonly direction: Direction; readonly title: string; readonly locationId: string; readonly root: string; readonly conflict: ConflictPolicy;
    readonly options: TransferOptions; readonly walks: readonly { readonly source: string; readonly destination: string }[];
  }): Promise<string> {
    if (batch.walks.length === 0) throw new StorageError('invalid_config', 'Nothing was chosen to transfer.');
    if (batch.conflict === 'overwrite') refuseSameTarget(batch.walks);
    const id = randomUUID();
    const row = await this.#database.journal.batches.add({ ...batch, id, owner: this.#lease.id, options: JSON.stringify(batch.options), queuedAt: new Date(this.#clock.now()).toISOString() });
    this.#engine.work([row]);
    this.#changed();
    return id;
  }

  async #workOn(): Promise<void> {
    this.#engine.work(await this.#database.journal.batches.unfinished(this.#lease.id));
  }

  async #afterCommand(): Promise<void> {
    await this.#workOn();
    await this.#engine.settle();
    this.#changed();
  }

  #changed(): void {
    this.#revision++;
    this.#publisher.request();
  }

  async #publish(): Promise<void> {
    const folders = this.#changedFolders;
    this.#changedFolders = new Map();
    for (const change of folders.values()) for (const listener of this.#folderListeners) listener(change);
    if (this.#changeListeners.size === 0) return;
    const overview = await this.overview();
    for (const listener of this.#changeListeners) listener(overview);
  }
}

/** Two different sources for one name: the later one would replace the earlier one, and both would look stored. @throws StorageError invalid_config */
function refuseSameTarget(walks: readonly { readonly source: string; readonly destination: string }[]): void {
  const sources = new Map<string, string>();
  for (const { source, destination } of walks) {
    const other = sources.get(destination) ?? source;
    if (other !== source) throw new StorageError('invalid_config', `${other} and ${source} would both be stored as ${destination}, and one would overwrite the other: move them one after the other, or rename on conflict.`);
    sources.set(destination, source);
  }
}

function titleOf(names: readonly string[]): string {
  const [first = ''] = names;
  return names.length === 1 ? first || 'everything' : `${names.length.toLocaleString('en-US')} items`;
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
