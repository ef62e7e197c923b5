import type { Ending, TransferRow } from '../database/transfer-rows.ts';
import type { JobResult } from './job.ts';
import { mismatchState, provenState, receiptFor } from './receipt.ts';
import { retryDelay } from './retry-policy.ts';

export interface EndingFacts {
  /** somebody canceled it */
  readonly aborted: boolean;
  /** somebody holds it back */
  readonly suspended: 'row' | 'batch' | null;
  /** milliseconds since 1970 */
  readonly now: number;
  readonly appVersion: string;
  readonly random?: () => number;
}

/** What the journal writes down after a try. */
export function endingFor(row: TransferRow, result: JobResult, { aborted, suspended, now, appVersion, random }: EndingFacts): Ending {
  const at = new Date(now).toISOString();
  switch (result.kind) {
    case 'stored':
      return { state: 'done', receipt: receiptFor(row, result, at, appVersion), fileState: provenState(row, result, at), destination: result.place };
    case 'skipped':
      return { state: 'done', reason: result.reason };
    case 'conflict':
      return { state: 'paused', reason: 'conflict' };
    case 'failed': {
      const { error, published, interrupted = false } = result;
      if (suspended === 'row') return { state: 'paused', reason: 'user' };
      if (suspended === 'batch') return { state: 'suspended', tries: Math.max(0, row.tries - 1) };
      if (aborted) return { state: 'canceled' };
      const delay = retryDelay(error, row.tries, random);
      if (delay !== null) return { state: 'queued', error, published, interrupted, runAfter: now + Math.ceil(delay) };
      return { state: 'failed', error, published, interrupted, fileState: mismatchState(row, result, at) };
    }
  }
}
