import type { Checksums } from '../../shared/storage/checksum.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import type { Evidence } from '../../shared/storage/evidence.ts';
import type { PauseReason, Progress, TransferState, TransferStatus } from '../../shared/transfers/transfer.ts';

/** What can happen to a transfer. `try again`: a failed try that is repeated by itself. `interrupt`: its process ended. */
export type TransferEvent =
  | { readonly type: 'begin' }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'rung'; readonly rung: 'server digest' | 'read back' | 'size only'; readonly total: number | null }
  | { readonly type: 'store'; readonly receiptId: string; readonly checksums: Checksums; readonly evidence: readonly Evidence[] }
  | { readonly type: 'skip'; readonly reason: string }
  | { readonly type: 'fail'; readonly error: ErrorRecord }
  | { readonly type: 'try again' }
  | { readonly type: 'pause'; readonly reason: PauseReason }
  | { readonly type: 'answer' }
  | { readonly type: 'cancel' }
  | { readonly type: 'retry' }
  | { readonly type: 'interrupt' };

const START: Progress = { bytes: 0, total: null };
const UNDER_WAY: readonly TransferState[] = ['transferring', 'verifying'];

/** In which states each event may come. */
const ACCEPTED: Readonly<Record<TransferEvent['type'], readonly TransferState[]>> = {
  begin: ['queued'],
  progress: UNDER_WAY,
  rung: UNDER_WAY,
  store: UNDER_WAY,
  skip: UNDER_WAY,
  fail: UNDER_WAY,
  'try again': UNDER_WAY,
  pause: UNDER_WAY,
  answer: ['paused'],
  cancel: ['queued', 'paused', ...UNDER_WAY],
  retry: ['failed', 'canceled'],
  interrupt: UNDER_WAY,
};

export function accepts(state: TransferState, event: TransferEvent['type']): boolean {
  return ACCEPTED[event].includes(state);
}

/** @returns the status after the event, or null when that event means nothing in this state: a late or repeated one changes nothing */
export function nextStatus(status: TransferStatus, event: TransferEvent): TransferStatus | null {
  if (!accepts(status.state, event.type)) return null;
  switch (event.type) {
    case 'begin':
      return { state: 'transferring', progress: START };
    case 'progress':
      return status.state === 'verifying' ? { ...status, progress: event.progress } : { state: 'transferring', progress: event.progress };
    case 'rung':
      return { state: 'verifying', rung: event.rung, progress: { bytes: 0, total: event.total } };
    case 'store':
      return { state: 'done', outcome: 'stored', receiptId: event.receiptId, checksums: event.checksums, evidence: event.evidence };
    case 'skip':
      return { state: 'done', outcome: 'skipped', reason: event.reason };
    case 'fail':
      return { state: 'failed', error: event.error };
    case 'pause':
      return { state: 'paused', reason: event.reason };
    case 'cancel':
      return { state: 'canceled' };
    case 'try again':
    case 'answer':
    case 'retry':
    case 'interrupt':
      return { state: 'queued' };
  }
}
