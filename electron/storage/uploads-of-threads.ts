/** `active`: somebody is at work on it; `kept`: a later try may go on with it. */
export type UploadState = 'active' | 'kept';

/** An unfinished upload at a server, by a text that names server, place and upload; null: finished or removed. */
export interface UploadNews {
  readonly key: string;
  readonly state: UploadState | null;
}

/**
 * Unfinished uploads that the threads of this process began at servers which let nothing be written onto one by which it could be known
 * again. Each thread tells the others what it begins and ends, so that none takes another's work for a leftover.
 */
export class UploadsOfThreads {
  readonly #own = new Map<string, UploadState>();
  readonly #others = new Map<string, UploadState>();
  #tell: (news: UploadNews) => void = () => undefined;

  /** This thread did something; whoever listens is told at once. */
  set(key: string, state: UploadState | null): void {
    put(this.#own, { key, state });
    this.#others.delete(key);
    this.#tell({ key, state });
  }

  /** Another thread of this process did something. */
  accept(news: UploadNews): void {
    put(this.#others, news);
    this.#own.delete(news.key);
  }

  /** @returns null for one that no thread of this process began */
  stateOf(key: string): UploadState | null {
    return this.#own.get(key) ?? this.#others.get(key) ?? null;
  }

  /** A thread other than this one is at work on it. */
  isActiveElsewhere(key: string): boolean {
    return this.#others.get(key) === 'active';
  }

  /** Everything that is known, for a thread that begins. */
  all(): readonly UploadNews[] {
    return [...this.#own, ...this.#others].map(([key, state]) => ({ key, state }));
  }

  /** One listener: the way to the other threads. */
  onNews(tell: (news: UploadNews) => void): void {
    this.#tell = tell;
  }
}

/** Of this thread: module state, as connections to one place know nothing of each other. */
export const UPLOADS_OF_THREADS = new UploadsOfThreads();

function put(states: Map<string, UploadState>, { key, state }: UploadNews): void {
  if (state === null) states.delete(key);
  else states.set(key, state);
}
