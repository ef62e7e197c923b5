import { expect, test } from 'vitest';
import { giveBack, lend, takePiece } from './lent-pieces.ts';

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
