import type { Clock } from './clock.ts';

/** Publications a second at most: one in 100 ms. */
const PAUSE_MS = 100;

/** Calls `publish` soon after something changed, never more often than ten times a second, and never two at once. */
export class Publisher {
  readonly #clock: Clock;
  readonly #publish: () => Promise<void>;
  #state: 'idle' | 'waiting' | 'publishing' | 'again' = 'idle';
  #last = -Infinity;
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(clock: Clock, publish: () => Promise<void>) {
    this.#clock = clock;
    this.#publish = publish;
  }

  request(): void {
    if (this.#state === 'publishing') this.#state = 'again';
    if (this.#closed || this.#state !== 'idle') return;
    this.#state = 'waiting';
    this.#cancel = this.#clock.after(Math.max(0, this.#last + PAUSE_MS - this.#clock.now()), () => void this.#run());
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #run(): Promise<void> {
    this.#state = 'publishing';
    this.#last = this.#clock.now();
    // What could not be read now is read by the next publication; the transfers themselves report their failures.
    await this.#publish().catch(() => undefined);
    const again = this.#askedAgain();
    this.#state = 'idle';
    if (again) this.request();
  }

  #askedAgain(): boolean {
    return this.#state === 'again';
  }
}
