import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StorageError } from '../../shared/storage/errors.ts';
import type { TransferState, TransferStatus } from '../../shared/transfers/transfer.ts';
import { Connection } from '../database/connection.ts';
import { migrate } from '../database/migrations.ts';
import { createOperations } from '../database/operations.ts';
import type { Ending } from '../database/transfer-rows.ts';
import { type TransferEvent, nextStatus } from './transfer-state.ts';

const AT = '2026-11-24T00:00:00.000Z';
const ROWS = 4;
const error = new StorageError('unavailable', 'gone').toRecord();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-model-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Command = { readonly command: 'claim' } | { readonly command: Ending['state'] | 'skip' | 'cancel' | 'retry' | 'answer'; readonly row: number } | { readonly command: 'crash' } | { readonly command: 'clear' };

const row = fc.integer({ min: 1, max: ROWS });
const commands = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<Command>({ command: 'claim' }) },
    { weight: 8, arbitrary: fc.record({ command: fc.constantFrom('done', 'skip', 'failed', 'queued', 'paused', 'canceled', 'cancel', 'retry', 'answer'), row }) },
    { weight: 1, arbitrary: fc.constantFrom<Command>({ command: 'crash' }, { command: 'clear' }) },
  ),
  { maxLength: 40 },
);

const EVENTS: Readonly<Record<string, TransferEvent>> = {
  done: { type: 'store', receiptId: '', checksums: {}, evidence: [] },
  skip: { type: 'skip', reason: 'there' },
  failed: { type: 'fail', error },
  queued: { type: 'try again' },
  paused: { type: 'pause', reason: 'conflict' },
  canceled: { type: 'cancel' },
  cancel: { type: 'cancel' },
  retry: { type: 'retry' },
  answer: { type: 'answer' },
};

function endingOf(command: string, seq: number): Ending | null {
  switch (command) {
    case 'done':
      return {
        state: 'done', fileState: null, destination: 'd',
        receipt: {
          id: `receipt ${seq}`, transferId: String(seq), direction: 'upload', source: { endpoint: { kind: 'local', path: 's' }, uri: '', size: 1, modifiedBefore: null, modifiedAfter: null },
          destination: { endpoint: { kind: 'location', locationId: 'l', path: 'd' }, locationName: null, uri: '', versionId: null },
          size: 1, checksums: {}, evidence: [], resumed: [], errors: [], attempts: 1, startedAt: AT, finishedAt: AT, appVersion: '',
        },
      };
    case 'skip':
      return { state: 'done', reason: 'there' };
    case 'failed':
      return { state: 'failed', error, published: null, interrupted: false, fileState: null };
    case 'queued':
      return { state: 'queued', error, published: null, interrupted: false, runAfter: 0 };
    case 'paused':
      return { state: 'paused', reason: 'conflict' };
    case 'canceled':
      return { state: 'canceled' };
    default:
      return null;
  }
}

test('after any order of commands, endings and crashes the journal holds the states of the state machine, right counters and one receipt for each stored file', () => {
  let run = 0;
  fc.assert(
    fc.property(commands, (given) => {
      const connection = new Connection(join(folder, `${++run}.db`));
      connection.exec('PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON');
      migrate(connection);
      const { owners, batches, walks, transfers, receipts } = createOperations(connection);
      let owner = 'owner 0';
      owners.writes.register({ id: owner, pid: 1, host: 'h', started: 0, heartbeat: 0 });
      const batch = batches.writes.add({ id: 'b', owner, title: '', direction: 'upload', conflict: 'ask', locationId: 'l', root: '', options: '{}', queuedAt: AT, walks: [] }).seq;
      walks.writes.step({ batch, owner, current: null, done: [], folders: [], at: AT, transfers: Array.from({ length: ROWS }, (_, index) => ({ kind: 'file' as const, source: `${index}`, destination: `${index}`, size: 10 + index, error: null })) });
      const model = new Map<number, TransferStatus>(Array.from({ length: ROWS }, (_, index) => [index + 1, { state: 'queued' }]));
      const underWay = (seq: number) => model.get(seq)?.state === 'transferring';
      const apply = (seq: number, event: TransferEvent | undefined): void => {
        const status = model.get(seq);
        const next = status === undefined || event === undefined ? null : nextStatus(status, event);
        if (next !== null) model.set(seq, next);
      };

      for (const [index, step] of given.entries()) {
        if (step.command === 'claim') {
          const claimed = transfers.writes.claim(batch, owner, 1);
          const first = [...model].find(([, { state }]) => state === 'queued')?.[0];
          expect(claimed?.seq).toBe(first);
          if (first !== undefined) apply(first, { type: 'begin' });
        } else if (step.command === 'crash') {
          owners.writes.evict([owner]);
          owner = `owner ${index + 1}`;
          owners.writes.register({ id: owner, pid: 1, host: 'h', started: 0, heartbeat: 0 });
          batches.writes.adopt(owner);
          for (const seq of model.keys()) apply(seq, { type: 'interrupt' });
        } else if (step.command === 'clear') {
          transfers.writes.remove(['done', 'canceled'], owner, 100);
          for (const [seq, { state }] of model) if (state === 'done' || state === 'canceled') model.delete(seq);
        } else if (!('row' in step)) {
          continue;
        } else if (step.command === 'cancel' || step.command === 'retry' || step.command === 'answer') {
          const selection = { transfer: step.row };
          if (step.command === 'cancel') transfers.writes.cancel(selection, owner, AT, 100);
          else if (step.command === 'retry') transfers.writes.retry(selection, owner, 100);
          else transfers.writes.answer(selection, owner, 'rename', 100);
          // What is under way is stopped by its signal and ends as canceled by itself.
          if (!underWay(step.row)) apply(step.row, EVENTS[step.command]);
        } else {
          const ending = endingOf(step.command, step.row);
          const finish = () => connection.transaction(() => ending !== null && transfers.writes.finish(step.row, owner, ending, AT));
          if (underWay(step.row)) finish();
          else expect(finish).toThrow('took this transfer over');
          if (underWay(step.row)) apply(step.row, EVENTS[step.command]);
        }
      }

      const stored = new Map(connection.all<{ seq: number; state: TransferState }>('SELECT seq, state FROM transfers').map(({ seq, state }) => [seq, state]));
      expect(stored).toEqual(new Map([...model].map(([seq, { state }]) => [seq, state])));
      const counted = connection.all('SELECT state, count(*) AS count, sum(size) AS bytes FROM transfers GROUP BY state ORDER BY state');
      expect(connection.all('SELECT state, count, bytes FROM batch_counts WHERE count > 0 ORDER BY state')).toEqual(counted);
      const done = new Set(given.flatMap((step) => ('row' in step && step.command === 'done' ? [step.row] : [])));
      expect(receipts.reads.page({ offset: 0, limit: 100, search: '' }).total).toBeLessThanOrEqual(done.size);
      for (const [seq, status] of model) {
        const receipt = connection.one<{ receipt: string | null }>('SELECT receipt FROM transfers WHERE seq = ?', [seq])?.receipt ?? null;
        expect(receipt !== null).toBe(status.state === 'done' && status.outcome === 'stored');
        if (receipt !== null) expect(receipts.reads.get(receipt)).not.toBeNull();
      }
      connection.close();
    }),
    { numRuns: 300 },
  );
});
