import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StorageError } from '../../shared/storage/errors.ts';
import type { TransferState, TransferStatus } from '../../shared/transfers/transfer.ts';
import { type TransferEvent, accepts, nextStatus } from './transfer-state.ts';

const error = new StorageError('unavailable', 'gone').toRecord();
const EVENTS: readonly TransferEvent[] = [
  { type: 'begin' },
  { type: 'progress', progress: { bytes: 5, total: 9 } },
  { type: 'rung', rung: 'read back', total: 9 },
  { type: 'store', receiptId: 'r', checksums: {}, evidence: [] },
  { type: 'skip', reason: 'there' },
  { type: 'fail', error },
  { type: 'try again' },
  { type: 'pause', reason: 'conflict' },
  { type: 'answer' },
  { type: 'cancel' },
  { type: 'retry' },
  { type: 'interrupt' },
];

const LEGAL: Readonly<Record<TransferState, readonly TransferState[]>> = {
  queued: ['transferring', 'canceled'],
  transferring: ['transferring', 'verifying', 'done', 'failed', 'queued', 'paused', 'canceled'],
  verifying: ['verifying', 'done', 'failed', 'queued', 'paused', 'canceled'],
  done: [],
  failed: ['queued'],
  paused: ['queued', 'canceled'],
  canceled: ['queued'],
};

test('any order of events leads along legal edges only, and what is done stays done', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 60 }), (events) => {
      let status: TransferStatus = { state: 'queued' };
      for (const event of events) {
        const next = nextStatus(status, event);
        expect(next !== null).toBe(accepts(status.state, event.type));
        if (next === null) continue;
        expect(LEGAL[status.state]).toContain(next.state);
        status = next;
      }
    }),
    { numRuns: 10_000 },
  );
});

test('every legal edge can be reached', () => {
  const edges = new Set<string>();
  for (const state of Object.keys(LEGAL) as TransferState[]) {
    for (const event of EVENTS) {
      const next = nextStatus({ state } as TransferStatus, event);
      if (next !== null) edges.add(`${state} ${next.state}`);
    }
  }
  expect([...edges].toSorted()).toEqual(Object.entries(LEGAL).flatMap(([from, to]) => to.map((state) => `${from} ${state}`)).toSorted());
});

test('a new rung counts from zero again, and progress does not lead back to the phase before', () => {
  const verifying = nextStatus({ state: 'transferring', progress: { bytes: 9, total: 9 } }, { type: 'rung', rung: 'read back', total: 9 });
  expect(verifying).toEqual({ state: 'verifying', rung: 'read back', progress: { bytes: 0, total: 9 } });
  expect(nextStatus(verifying ?? { state: 'queued' }, { type: 'progress', progress: { bytes: 4, total: 9 } })).toMatchObject({ state: 'verifying', progress: { bytes: 4 } });
});
