/** What part of its bytes each budget of this thread may use: less than 1 where several threads have budgets of their own for the same location. */
let share = 1;

export function setBudgetShare(part: number): void {
  share = part;
}

/** Bounds the bytes that all uploads of a location hold in memory; whoever wants more waits for others to give back, in the order in which they came. */
export class ByteBudget {
  readonly #total: number;
  #left: number;
  #waiting: Waiting[] = [];

  constructor(total: number) {
    this.#total = Math.floor(total * share);
    this.#left = this.#total;
  }

  /** Somebody waits for more than is left. */
  get wanted(): boolean {
    return this.#waiting.length > 0;
  }

  /** More than there is in all counts as all. @returns gives the bytes back; may be called again @throws what the signal was aborted with */
  async take(bytes: number, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    const wanted = Math.min(bytes, this.#total);
    if (this.#waiting.length === 0 && wanted <= this.#left) this.#left -= wanted;
    else await this.#wait(wanted, signal);
    let held = wanted;
    return () => {
      this.#left += held;
      held = 0;
      this.#serve();
    };
  }

  #wait(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting = this.#waiting.filter((each) => each !== mine);
        reject(signal?.reason as Error);
        this.#serve();
      };
      const mine: Waiting = {
        bytes,
        begin: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.push(mine);
    });
  }

  #serve(): void {
    for (let first = this.#waiting[0]; first !== undefined && first.bytes <= this.#left; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#left -= first.bytes;
      first.begin();
    }
  }
}

interface Waiting {
  readonly bytes: number;
  begin(): void;
}
