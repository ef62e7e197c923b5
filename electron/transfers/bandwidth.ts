import { setTimeout as sleep } from 'node:timers/promises';
import type { Pace } from '../integrity/pace.ts';

export type Way = 'up' | 'down';

/** Bytes a second; null: as fast as it goes. */
export interface Limits {
  readonly up: number | null;
  readonly down: number | null;
}

/** Two cells a way: bytes a second (0: no limit), and when the bytes that were taken so far are paid for, in nanoseconds of the system's clock that never goes back. */
const CELLS = { up: 0, down: 2 } as const;
const SECOND = 1_000_000_000;
/** Pieces a second at least while there is a limit. */
const SMOOTH = 10;
const LEAST_PIECE = 4 * 1024;
const MOST_PIECE = 1024 * 1024;
/** Whoever waits looks so often whether there is another limit now, in milliseconds. */
const LOOK_EVERY = 250;

/**
 * How many bytes a second all transfers together may move each way, also those of other threads, which share its memory. A token bucket
 * that holds one piece (the generic cell rate algorithm): whoever takes bytes waits until those taken before are paid for.
 */
export class Bandwidth {
  /** to be given to other threads */
  readonly memory: SharedArrayBuffer;
  readonly #cells: BigInt64Array;
  readonly #now: () => bigint;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(4 * BigInt64Array.BYTES_PER_ELEMENT), now: () => bigint = () => process.hrtime.bigint()) {
    this.memory = memory;
    this.#cells = new BigInt64Array(memory);
    this.#now = now;
  }

  /** Holds at once, for what is under way too. */
  set({ up, down }: Limits): void {
    for (const [way, limit] of [['up', up], ['down', down]] as const) {
      Atomics.store(this.#cells, CELLS[way], BigInt(limit ?? 0));
      Atomics.store(this.#cells, CELLS[way] + 1, 0n);
    }
  }

  pace(way: Way): Pace {
    return {
      piece: () => {
        const rate = this.#rate(way);
        return rate === 0 ? MOST_PIECE : Math.max(LEAST_PIECE, Math.min(MOST_PIECE, Math.floor(rate / SMOOTH)));
      },
      take: (bytes, signal) => {
        const rate = this.#rate(way);
        if (rate === 0) return undefined;
        const begin = this.#book(way, rate, bytes);
        return begin <= this.#now() ? undefined : this.#wait(way, rate, begin, signal);
      },
    };
  }

  /** @returns when the bytes may go, on the clock of `now` */
  #book(way: Way, rate: number, bytes: number): bigint {
    const cost = BigInt(Math.ceil((bytes * SECOND) / rate));
    for (;;) {
      const now = this.#now();
      const due = Atomics.load(this.#cells, CELLS[way] + 1);
      const begin = due > now ? due : now;
      if (Atomics.compareExchange(this.#cells, CELLS[way] + 1, due, begin + cost) === due) return begin;
    }
  }

  async #wait(way: Way, rate: number, begin: bigint, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const left = Number(begin - this.#now()) / 1_000_000;
      if (left <= 0 || this.#rate(way) !== rate) return;
      await sleep(Math.min(Math.ceil(left), LOOK_EVERY), undefined, signal === undefined ? undefined : { signal });
    }
  }

  #rate(way: Way): number {
    return Number(Atomics.load(this.#cells, CELLS[way]));
  }
}
