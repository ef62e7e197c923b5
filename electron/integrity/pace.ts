/** Decides when bytes may go. */
export interface Pace {
  /** largest number of bytes that should go at once, so that the flow is smooth */
  piece(): number;
  /** @returns when these bytes may go; undefined: now @throws what the signal was aborted with */
  take(bytes: number, signal?: AbortSignal): Promise<void> | undefined;
}
