import { Worker } from 'node:worker_threads';
import { StorageError } from '../../../shared/storage/errors.ts';
import type { ConnectedPlace } from '../../storage/connected-place.ts';
import type { Network } from '../../storage/network/proxy.ts';
import { UPLOADS_OF_THREADS, type UploadNews } from '../../storage/uploads-of-threads.ts';
import { wrapError } from '../../storage/wrap-error.ts';
import type { Job, JobResult } from '../job.ts';
import type { Discarding, RunHandlers } from '../runner.ts';
import { SUSPENDED } from '../../storage/operation-options.ts';
import type { FromThread, JobEvent, ThreadData, ToThread } from './messages.ts';

export interface ThreadOptions extends Omit<ThreadData, 'uploads'> {
  readonly url: URL;
  readonly network: Network;
  /** most memory for objects, in MiB; file bytes are not among them */
  readonly memory: number;
  onUploads(news: UploadNews): void;
  /** it ended without having been told to */
  onLost(): void;
}

export interface Ended {
  readonly result: JobResult;
  /** false: the thread could not connect to the place */
  readonly connected: boolean;
}

interface Running {
  readonly handlers: RunHandlers;
  end(ended: Ended): void;
}

interface Discard {
  resolve(): void;
  reject(error: StorageError): void;
}

/** Main's side of one transfer thread. Its end, whyever it comes, ends every job that it had as one that was interrupted. */
export class TransferThread {
  readonly #worker: Worker;
  readonly #options: ThreadOptions;
  readonly #running = new Map<number, Running>();
  #bytes = 0;
  readonly #discards = new Map<number, Discard>();
  readonly #generations = new Map<string, number>();
  readonly #begun = new Set<string>();
  readonly #gone: Promise<void>;
  #failure: unknown = null;
  #last = 0;
  #closing = false;

  constructor(options: ThreadOptions) {
    const { url, pluginFolder, enabledPlugins, memory, bandwidth, budgetShare } = options;
    this.#options = options;
    const workerData: ThreadData = { pluginFolder, enabledPlugins, uploads: UPLOADS_OF_THREADS.all(), bandwidth, budgetShare };
    this.#worker = new Worker(url, { workerData, name: 'transfers', resourceLimits: { maxOldGenerationSizeMb: memory } });
    this.#worker.on('message', (message: FromThread) => this.#accept(message));
    this.#worker.on('error', (error) => (this.#failure = error));
    this.#gone = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.#lost(code);
        resolve();
      });
    });
  }

  /** jobs under way */
  get jobs(): number {
    return this.#running.size;
  }

  /** bytes of the files under way */
  get bytes(): number {
    return this.#bytes;
  }

  /** Never rejects. */
  run(job: Job, place: ConnectedPlace, handlers: RunHandlers): Promise<Ended> {
    const id = ++this.#last;
    return new Promise((resolve) => {
      const abort = (): void => this.#say({ kind: 'abort', id, suspended: handlers.signal.reason === SUSPENDED });
      const end = (ended: Ended): void => {
        if (this.#running.delete(id)) this.#bytes -= job.size ?? 0;
        handlers.signal.removeEventListener('abort', abort);
        resolve(ended);
      };
      this.#running.set(id, { handlers, end });
      this.#bytes += job.size ?? 0;
      this.#show(place);
      this.#say({ kind: 'run', id, job });
      if (handlers.signal.aborted) abort();
      else handlers.signal.addEventListener('abort', abort, { once: true });
    });
  }

  discard(left: Discarding, place: ConnectedPlace): Promise<void> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#discards.set(id, { resolve, reject });
      this.#show(place);
      this.#say({ kind: 'discard', id, left });
    });
  }

  say(message: Extract<ToThread, { readonly kind: 'forget' | 'disconnect' | 'uploads' }>): void {
    if (message.kind === 'disconnect') this.#generations.delete(message.locationId);
    this.#say(message);
  }

  /** Resolves when it is gone. Nothing may be under way. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#say({ kind: 'close' });
    await this.#gone;
  }

  #say(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #show(place: ConnectedPlace): void {
    const { id } = place.config;
    if (this.#generations.get(id) === place.generation) return;
    this.#generations.set(id, place.generation);
    this.#say({ kind: 'place', place });
  }

  #accept(message: FromThread): void {
    switch (message.kind) {
      case 'ready':
        return;
      case 'events':
        return this.#tell(message.id, message.events);
      case 'ended':
        this.#tell(message.id, message.events);
        return this.#running.get(message.id)?.end(message);
      case 'discarded': {
        const discard = this.#discards.get(message.id);
        this.#discards.delete(message.id);
        if (message.error === null) discard?.resolve();
        else discard?.reject(new StorageError(message.error.code, message.error.message, message.error));
        return;
      }
      case 'ask proxy':
        return void this.#answer(message.id, message.url);
      case 'uploads': {
        const { news } = message;
        if (news.state === null) this.#begun.delete(news.key);
        else this.#begun.add(news.key);
        UPLOADS_OF_THREADS.accept(news);
        return this.#options.onUploads(news);
      }
    }
  }

  #tell(id: number, events: readonly JobEvent[]): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    for (const event of events) {
      if (event.type === 'progress') running.handlers.onProgress(event.progress);
      else if (event.type === 'rung') running.handlers.onRung(event.rung);
      else running.handlers.onLeftover(event.leftover);
    }
  }

  async #answer(id: number, url: string): Promise<void> {
    try {
      this.#say({ kind: 'proxy', id, address: await this.#options.network.proxyFor(url) });
    } catch (error) {
      this.#say({ kind: 'no proxy', id, error: wrapError(error, 'ask for the proxy').toRecord() });
    }
  }

  #lost(code: number): void {
    const why = this.#failure instanceof Error ? this.#failure.message : `it ended with ${code}`;
    const error = new StorageError('unavailable', `The part of Holdfast that moved the bytes ended unexpectedly: ${why}.`, { cause: this.#failure });
    for (const { end } of [...this.#running.values()]) end({ connected: true, result: { kind: 'failed', error: error.toRecord(), published: null, mismatch: null, interrupted: true } });
    for (const { reject } of this.#discards.values()) reject(error);
    this.#discards.clear();
    // Nobody is at work any more on what it had begun.
    for (const key of this.#begun) {
      if (UPLOADS_OF_THREADS.stateOf(key) !== 'active') continue;
      UPLOADS_OF_THREADS.accept({ key, state: 'kept' });
      this.#options.onUploads({ key, state: 'kept' });
    }
    if (!this.#closing) this.#options.onLost();
  }
}
