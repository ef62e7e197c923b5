import { create } from 'zustand';
import type { ChecksumResult, CompareResult } from '../../shared/ipc/views.ts';
import type { HashName } from '../../shared/storage/checksum.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import type { Progress } from '../../shared/transfers/transfer.ts';

/** What is asked about one stored file. The token stands for the local file to compare with. */
export type Question =
  | { readonly kind: 'checksum'; readonly algorithm: HashName; readonly readBack: boolean }
  | { readonly kind: 'compare'; readonly token: string; readonly localName: string; readonly readBack: boolean };

export type Answer =
  | { readonly kind: 'running'; readonly jobId: string; readonly progress: Progress | null }
  | { readonly kind: 'checksum'; readonly result: ChecksumResult }
  | { readonly kind: 'compare'; readonly result: CompareResult }
  | { readonly kind: 'failed'; readonly error: ErrorRecord };

export interface Check {
  readonly question: Question;
  readonly answer: Answer;
}

/** The latest check of each file, by {@link checkKey}. */
export const useChecks = create<{ readonly checks: ReadonlyMap<string, Check> }>()(() => ({ checks: new Map() }));

export function checkKey(locationId: string, path: string): string {
  return `${locationId} ${path}`;
}

export function setCheck(key: string, check: Check): void {
  useChecks.setState(({ checks }) => ({ checks: new Map(checks).set(key, check) }));
}

export function dropCheck(key: string): void {
  useChecks.setState(({ checks }) => {
    const next = new Map(checks);
    next.delete(key);
    return { checks: next };
  });
}

export function acceptJobProgress(jobId: string, progress: Progress): void {
  useChecks.setState((state) => {
    for (const [key, check] of state.checks) {
      if (check.answer.kind === 'running' && check.answer.jobId === jobId) {
        return { checks: new Map(state.checks).set(key, { ...check, answer: { kind: 'running', jobId, progress } }) };
      }
    }
    return state;
  });
}
