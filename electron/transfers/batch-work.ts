import type { BatchRow } from '../database/batches.ts';
import type { Clock } from './clock.ts';
import type { TransferOptions } from './job.ts';

/** Rows of a batch that wait for another try; with so many, nothing new of it is begun, because the storage is in trouble. */
const WAITING_LIMIT = 16;

/** A batch that this process works on. */
export class BatchWork {
  readonly row: BatchRow;
  readonly options: TransferOptions;
  /** ends the walk over its sources */
  walk: AbortController | null = null;
  /** somebody holds it back */
  paused: boolean;
  /** higher ones go first */
  priority: number;
  #wakes = 0;
  #idle = false;
  readonly #timers = new Set<() => void>();

  constructor(row: BatchRow) {
    this.row = row;
    this.paused = row.paused === 1;
    this.priority = row.priority;
    this.options = JSON.parse(row.options) as TransferOptions;
  }

  /** The journal may have a row to begin. */
  get isReady(): boolean {
    return !this.paused && !this.#idle && this.#timers.size < WAITING_LIMIT;
  }

  /** Nothing is queued, walked or waited for, as far as is known here. */
  get isQuiet(): boolean {
    return this.#idle && this.walk === null && this.#timers.size === 0;
  }

  /** Rows were queued. */
  wake(): void {
    this.#wakes++;
    this.#idle = false;
  }

  /** To be called before the journal is asked. @returns notes that it had nothing, unless rows came in since */
  ask(): () => void {
    const asked = this.#wakes;
    return () => {
      if (this.#wakes === asked) this.#idle = true;
    };
  }

  /** A row waits for its next try. */
  wait(milliseconds: number, clock: Clock, due: () => void): void {
    const cancel = clock.after(milliseconds, () => {
      this.#timers.delete(cancel);
      this.wake();
      due();
    });
    this.#timers.add(cancel);
  }

  stop(): void {
    this.walk?.abort();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }
}
