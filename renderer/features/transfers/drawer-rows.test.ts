import { describe, expect, it } from 'vitest';
import type { BatchSummary, TransferState } from '../../../shared/transfers/transfer.ts';
import { layOut, lineKey, lineOf, rowAt, shapeOf } from './drawer-rows.ts';

function batch(id: string, queuedAt: string, counts: Partial<Record<TransferState, number>>, discovering = false): BatchSummary {
  return { id, title: id, direction: 'upload', conflict: 'ask', queuedAt, discovering, paused: false, priority: 0, counts: { queued: 0, transferring: 0, verifying: 0, done: 0, failed: 0, paused: 0, canceled: 0, ...counts }, bytesTotal: 0, bytesDone: 0 };
}

const old = batch('old', '2026-11-01', { done: 3 });
const young = batch('young', '2026-11-02', { queued: 5000, failed: 2 });
const none: ReadonlySet<string> = new Set();

describe('the lines of the drawer', () => {
  it('are a head and its transfers for each batch, the newest first', () => {
    expect(shapeOf([young, old], null, none)).toBe(shapeOf([old, young], null, none));
    const layout = layOut(shapeOf([old, young], null, none));
    expect(layout.count).toBe(5002 + 1 + 3 + 1);
    expect(rowAt(layout, 0)).toEqual({ kind: 'batch', batchId: 'young' });
    expect(rowAt(layout, 5002)).toEqual({ kind: 'transfer', batchId: 'young', index: 5001 });
    expect(rowAt(layout, 5003)).toEqual({ kind: 'batch', batchId: 'old' });
    expect(rowAt(layout, 5006)).toEqual({ kind: 'transfer', batchId: 'old', index: 2 });
    expect(rowAt(layout, 5007)).toBeNull();
  });

  it('leave out what the filter does not want and what is folded', () => {
    expect(layOut(shapeOf([old, young], ['failed'], none))).toEqual({ count: 3, segments: [{ batchId: 'young', start: 0, transfers: 2 }] });
    expect(layOut(shapeOf([old, young], null, new Set(['young']))).segments.map(({ start }) => start)).toEqual([0, 1]);
    expect(layOut(shapeOf([], null, none)).count).toBe(0);
  });

  it('show a batch that is still being filled', () => {
    expect(layOut(shapeOf([batch('new', '2026-11-03', {}, true)], null, none)).count).toBe(1);
  });

  it('keep their keys while others come above them, so that what is read can be held in place', () => {
    const before = layOut(shapeOf([old], null, none));
    const after = layOut(shapeOf([old, young], null, none));
    const row = rowAt(before, 2);
    expect(row).not.toBeNull();
    const line = row === null ? -1 : lineOf(after, row);
    expect(line).toBe(5005);
    expect(lineKey(after, line)).toBe(lineKey(before, 2));
  });

  it('have the same shape while only progress changes', () => {
    expect(shapeOf([{ ...old, bytesDone: 99 }], null, none)).toBe(shapeOf([old], null, none));
    expect(shapeOf([{ ...old, counts: { ...old.counts, done: 2, failed: 1 } }], null, none)).toBe(shapeOf([old], null, none));
  });
});
