import type { ConnectedPlace } from '../../storage/connected-place.ts';
import type { Network } from '../../storage/network/proxy.ts';
import { UPLOADS_OF_THREADS } from '../../storage/uploads-of-threads.ts';
import type { Bandwidth } from '../bandwidth.ts';
import type { Job, JobResult } from '../job.ts';
import { type Connect, type Discarding, type RunHandlers, type Runner, createRunner } from '../runner.ts';
import { type ThreadOptions, TransferThread } from './transfer-thread-handle.ts';

export interface ThreadPoolOptions extends Pick<ThreadOptions, 'url' | 'pluginFolder' | 'enabledPlugins'> {
  readonly network: Network;
  /** threads at most */
  readonly size: number;
  /** most memory for the objects of one thread, in MiB; default: 512 */
  readonly memory?: number;
  readonly bandwidth: Bandwidth;
  /** main's own connection */
  readonly connect: Connect;
  /** the place as main is connected to it. @throws what main could not connect for */
  readonly placeOf: (locationId: string) => Promise<ConnectedPlace>;
  /** milliseconds of a clock that never goes back */
  readonly now?: () => number;
}

const OBJECTS = 512;
/** All threads together hold as much of a location's uploads in memory as so many. */
const BUDGETS = 2;
/** Another thread is begun when every one that is there has so much to do: it costs a third of a second of processor time to begin, and small files wait more than they count. */
const BUSY_JOBS = 16;
const BUSY_BYTES = 32 * 1024 * 1024;
/** Connections to one place that a thread is worth; so many more are needed for another thread. */
const CONNECTIONS_EACH = 2;
/** A server that let no thread in is not asked again by threads for so long, in milliseconds. */
const STAYS_IN_MAIN = 60_000;

/**
 * Moves the bytes in threads, each with connections of its own, so that encryption and digests use all processors and main stays free.
 * Two jobs with one destination share a thread, where they wait for each other. Where a server allows only one connection, or lets no
 * thread in, main's own connection is used.
 */
export class ThreadPool implements Runner {
  readonly #options: ThreadPoolOptions;
  readonly #now: () => number;
  readonly #inMain: Runner;
  readonly #threads = new Set<TransferThread>();
  /** where the jobs to a destination run, and how many they are */
  readonly #destinations = new Map<string, { readonly at: TransferThread | null; jobs: number }>();
  readonly #mainUntil = new Map<string, number>();

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#inMain = createRunner(options.connect, options.bandwidth);
    UPLOADS_OF_THREADS.onNews((news) => {
      for (const thread of this.#threads) thread.say({ kind: 'uploads', news });
    });
  }

  prepare(): void {
    if (this.#threads.size === 0) this.#begin();
  }

  async run(job: Job, handlers: RunHandlers): Promise<JobResult> {
    const place = await this.#options.placeOf(job.locationId).catch(() => null);
    // Main's runner meets the same failure and tells it.
    if (place === null) return this.#inMain.run(job, handlers);
    const key = `${job.locationId}\n${job.root}\n${job.destination}`;
    const known = this.#destinations.get(key);
    const destination = known ?? { at: this.#choose(place), jobs: 0 };
    destination.jobs += 1;
    this.#destinations.set(key, destination);
    try {
      return await this.#runAt(destination.at, job, place, handlers);
    } finally {
      destination.jobs -= 1;
      if (destination.jobs === 0) this.#destinations.delete(key);
    }
  }

  async discard(left: Discarding): Promise<void> {
    const place = await this.#options.placeOf(left.locationId);
    const thread = this.#choose(place);
    return thread === null ? this.#inMain.discard(left) : thread.discard(left, shared(place, this.#widthFor(place)));
  }

  forget(batchId: string): void {
    this.#inMain.forget(batchId);
    for (const thread of this.#threads) thread.say({ kind: 'forget', batchId });
  }

  /** Threads end their connections to it when their jobs there have ended. */
  disconnect(locationId: string): void {
    this.#mainUntil.delete(locationId);
    for (const thread of this.#threads) thread.say({ kind: 'disconnect', locationId });
  }

  async close(): Promise<void> {
    await Promise.all([this.#inMain.close(), ...[...this.#threads].map((thread) => thread.close())]);
    this.#threads.clear();
  }

  async #runAt(thread: TransferThread | null, job: Job, place: ConnectedPlace, handlers: RunHandlers): Promise<JobResult> {
    if (thread === null) return this.#inMain.run(job, handlers);
    const { result, connected } = await thread.run(job, shared(place, this.#widthFor(place)), handlers);
    if (result.kind === 'failed' && result.error.code === 'not_found') this.forget(job.batchId);
    if (connected) return result;
    this.#mainUntil.set(job.locationId, this.#now() + STAYS_IN_MAIN);
    return this.#inMain.run(job, handlers);
  }

  /** Threads that may be connected to a place at the same time; main keeps a connection. */
  #widthFor({ threads, connections }: ConnectedPlace): number {
    if (!threads) return 0;
    if (!threads) return 0;
    if (connections === null) return this.#options.size;
    return connections === 1 ? 0 : Math.max(1, Math.min(this.#options.size, Math.floor((connections - 1) / CONNECTIONS_EACH)));
  }

  /** @returns null: main */
  #choose(place: ConnectedPlace): TransferThread | null {
    if (this.#now() < (this.#mainUntil.get(place.config.id) ?? 0)) return null;
    const width = this.#widthFor(place);
    if (width === 0) return null;
    const allowed = [...this.#threads].slice(0, width);
    const least = allowed.reduce<TransferThread | null>((best, thread) => (best === null || hasLess(thread, best) ? thread : best), null);
    if (least !== null && (!isBusy(least) || allowed.length === width)) return least;
    return this.#begin();
  }

  #begin(): TransferThread {
    const { url, pluginFolder, enabledPlugins, network, bandwidth, size, memory = OBJECTS } = this.#options;
    const thread: TransferThread = new TransferThread({
      url, pluginFolder, enabledPlugins, network, memory, bandwidth: bandwidth.memory, budgetShare: Math.min(1, BUDGETS / size),
      onUploads: (news) => {
        for (const other of this.#threads) if (other !== thread) other.say({ kind: 'uploads', news });
      },
      onLost: () => this.#threads.delete(thread),
    });
    this.#threads.add(thread);
    return thread;
  }
}

/** Large files count by their bytes, small ones by their number. */
function hasLess(one: TransferThread, other: TransferThread): boolean {
  return loadOf(one) < loadOf(other);
}

function isBusy(thread: TransferThread): boolean {
  return loadOf(thread) >= 1;
}

/** @returns 1 for a thread that is busy */
function loadOf({ jobs, bytes }: TransferThread): number {
  return Math.max(jobs / BUSY_JOBS, bytes / BUSY_BYTES);
}

/** The place with the share of its connections that one of `width` threads may have. */
function shared(place: ConnectedPlace, width: number): ConnectedPlace {
  const { connections } = place;
  return connections === null ? place : { ...place, connect: { ...place.connect, connections: Math.max(1, Math.floor((connections - 1) / Math.max(1, width))) } };
}
