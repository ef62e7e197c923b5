import type { ErrorRecord } from '../../shared/storage/errors.ts';

/** Tries that a transfer makes by itself, the first included. */
export const TRIES = 4;

const FIRST_DELAY_MS = 1000;
const FACTOR = 3;
const LONGEST_DELAY_MS = 5 * 60 * 1000;

/**
 * How long to wait before the next try, in milliseconds: 1, 3 and 9 seconds, each shortened by up to a half at random so that many
 * do not come back at once; never less than what the server asked for (`retryAfter` in the context, in seconds).
 * @returns null when no further try makes sense
 */
export function retryDelay(error: ErrorRecord, tries: number, random: () => number = Math.random): number | null {
  if (!error.retryable || tries >= TRIES) return null;
  const delay = FIRST_DELAY_MS * FACTOR ** (tries - 1) * (1 - random() / 2);
  const asked = Number(error.context['retryAfter'] ?? 0) * 1000;
  return Math.min(LONGEST_DELAY_MS, Math.max(delay, Number.isFinite(asked) ? asked : 0));
}
