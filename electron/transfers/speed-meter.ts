/** How fast the past fades, in milliseconds: long enough to be calm, short enough to follow a change. */
const FADE_MS = 3000;
/** Bytes are gathered for so long before they count, because chunks come in bursts. */
const STEP_MS = 250;

/** Bytes per second, smoothed exponentially. Times in milliseconds. */
export class SpeedMeter {
  #since: number;
  #gathered = 0;
  #rate: number | null = null;

  constructor(now: number) {
    this.#since = now;
  }

  add(bytes: number, now: number): void {
    this.#gathered += bytes;
    this.#settle(now);
  }

  /** @returns null until there is something to say */
  rate(now: number): number | null {
    this.#settle(now);
    return this.#rate;
  }

  #settle(now: number): void {
    const elapsed = now - this.#since;
    if (elapsed < STEP_MS) return;
    const latest = (this.#gathered * 1000) / elapsed;
    this.#rate = this.#rate === null ? latest : this.#rate + (latest - this.#rate) * (1 - Math.exp(-elapsed / FADE_MS));
    this.#since = now;
    this.#gathered = 0;
  }
}

/** Whole seconds until so many bytes have moved. @returns null when that cannot be told */
export function secondsLeft(bytes: number | null, bytesPerSecond: number | null): number | null {
  if (bytes === null || bytesPerSecond === null || bytesPerSecond < 1) return null;
  return Math.ceil(Math.max(0, bytes) / bytesPerSecond);
}
