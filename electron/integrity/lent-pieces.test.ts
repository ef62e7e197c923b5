import { expect, test } from 'vitest';
import { giveAway, giveBack, lend, takePiece } from './lent-pieces.ts';

test('memory is used again only after the whole chunk was given back, and once for each time', () => {
  const first = takePiece();
  const chunk = lend(first, 10);
  giveBack(chunk.subarray(0, 5));
  giveBack(Buffer.from(chunk));
  giveBack(first);
  expect(takePiece().buffer).not.toBe(first.buffer);
  giveBack(chunk);
  giveBack(chunk);
  expect(takePiece().buffer).toBe(first.buffer);
  expect(takePiece().buffer).not.toBe(first.buffer);
});

test('what was not given away, or came in another form, is left alone', () => {
  const kept = Buffer.alloc(100_000, 1);
  giveBack(kept);
  const given = giveAway(Buffer.alloc(100_000, 2));
  giveBack(given.subarray());
  expect([kept.at(-1), given.at(-1)]).toEqual([1, 2]);
  giveBack(given);
  expect(given.buffer.byteLength).toBe('transfer' in ArrayBuffer.prototype ? 0 : 100_000);
});
