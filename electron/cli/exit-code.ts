import type { ErrorCode, ErrorRecord } from '../../shared/storage/errors.ts';
import { wrapError } from '../storage/wrap-error.ts';

/** What a script learns from the end of a command. */
export const EXIT = { proven: 0, usage: 1, failed: 2, mismatch: 3, levelNotReached: 4 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const USAGE: ReadonlySet<ErrorCode> = new Set(['invalid_config', 'invalid_location']);
const MISMATCH: ReadonlySet<ErrorCode> = new Set(['checksum_mismatch', 'size_mismatch']);

export function exitCodeOf(code: ErrorCode): ExitCode {
  if (USAGE.has(code)) return EXIT.usage;
  return MISMATCH.has(code) ? EXIT.mismatch : EXIT.failed;
}

/** The code that says most: a mismatch before a failure before a level that was not reached. */
export function worst(codes: Iterable<ExitCode>): ExitCode {
  const order: readonly ExitCode[] = [EXIT.mismatch, EXIT.failed, EXIT.usage, EXIT.levelNotReached, EXIT.proven];
  const seen = new Set(codes);
  return order.find((code) => seen.has(code)) ?? EXIT.proven;
}

/** Does the same with each of several things; one that fails is reported by `failed` and does not keep the others from their turn. */
export async function forEach<T>(things: readonly T[], action: (thing: T) => Promise<void>, failed: (error: ErrorRecord) => void): Promise<ExitCode> {
  const codes: ExitCode[] = [];
  for (const thing of things) {
    try {
      await action(thing);
    } catch (error) {
      const record = wrapError(error, 'do this').toRecord();
      failed(record);
      codes.push(exitCodeOf(record.code));
    }
  }
  return worst(codes);
}
