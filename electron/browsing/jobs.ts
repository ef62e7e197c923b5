import { StorageError } from '../../shared/storage/errors.ts';

export type JobListener = (progress: { readonly jobId: string; readonly bytes: number; readonly total: number | null }) => void;

export interface Job {
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number, total: number | null) => void;
}

/** Shortest time between two reports of one job, in milliseconds. */
const REPORT_EVERY = 100;

/** Long questions of the window (hash this, compare that): each can be watched and canceled by the id that the window gave it. */
export class Jobs {
  readonly #running = new Map<string, AbortController>();
  readonly #listeners = new Set<JobListener>();

  /** @returns unsubscribe */
  onProgress(listener: JobListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run<T>(jobId: string, action: (job: Job) => Promise<T>): Promise<T> {
    if (this.#running.has(jobId)) throw new StorageError('invalid_config', 'A job with this id is running already.');
    const abort = new AbortController();
    this.#running.set(jobId, abort);
    let last = 0;
    const onProgress = (bytes: number, total: number | null) => {
      const now = performance.now();
      if (now - last < REPORT_EVERY) return;
      last = now;
      for (const listener of this.#listeners) listener({ jobId, bytes, total });
    };
    try {
      return await action({ signal: abort.signal, onProgress });
    } catch (error) {
      if (abort.signal.aborted) throw new StorageError('canceled', 'Canceled.', { cause: error });
      throw error;
    } finally {
      this.#running.delete(jobId);
    }
  }

  /** A job that has ended is no error: the window may be late. */
  cancel(jobId: string): void {
    this.#running.get(jobId)?.abort();
  }

  close(): void {
    this.#listeners.clear();
    for (const abort of this.#running.values()) abort.abort();
  }
}
