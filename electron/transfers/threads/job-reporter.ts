import type { RunHandlers } from '../runner.ts';
import type { JobEvent } from './messages.ts';

/** Progress of one job is told so often at most, in milliseconds. */
const EVERY = 50;

/** Collects what a job tells, so that small files cost one message and large ones twenty a second. */
export class JobReporter implements Omit<RunHandlers, 'signal'> {
  readonly #send: (events: readonly JobEvent[]) => void;
  readonly #now: () => number;
  #events: JobEvent[] = [];
  #sentAt: number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(send: (events: readonly JobEvent[]) => void, now: () => number = () => performance.now()) {
    this.#send = send;
    this.#now = now;
    this.#sentAt = now();
  }

  onProgress: RunHandlers['onProgress'] = (progress) => {
    if (this.#events.at(-1)?.type === 'progress') this.#events.pop();
    this.#events.push({ type: 'progress', progress });
    if (this.#now() - this.#sentAt >= EVERY) this.#flush();
  };

  onRung: RunHandlers['onRung'] = (rung) => {
    this.#events.push({ type: 'rung', rung });
  };

  /** At once: it must be written down before the bytes that it speaks of are many. */
  onLeftover: RunHandlers['onLeftover'] = (leftover) => {
    this.#events.push({ type: 'leftover', leftover });
    this.#flush();
  };

  /** What was not told yet, to go along with the end. */
  rest(): readonly JobEvent[] {
    const rest = this.#events;
    this.#events = [];
    return rest;
  }

  #flush(): void {
    this.#sentAt = this.#now();
    this.#send(this.rest());
  }
}
