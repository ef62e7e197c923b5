import { expect, test } from 'vitest';
import { giveAway, returnIfGiven, returnMemory } from './return-memory.ts';

const canReturn = 'transfer' in ArrayBuffer.prototype;
const SIZE = 100_000;

test('memory is returned where the runtime can, but never that of the pool', () => {
  const own = Buffer.allocUnsafeSlow(SIZE);
  returnMemory(own.subarray(10));
  expect(own.buffer.byteLength).toBe(canReturn ? 0 : SIZE);
  const pooled = Buffer.from('pooled');
  returnMemory(pooled);
  expect(pooled.toString()).toBe('pooled');
});

test('what was not given away, or came in another form, is left alone', () => {
  const kept = Buffer.alloc(SIZE, 1);
  returnIfGiven(kept);
  const given = giveAway(Buffer.alloc(SIZE, 2));
  returnIfGiven(given.subarray());
  expect([kept.at(-1), given.at(-1)]).toEqual([1, 2]);
  returnIfGiven(given);
  expect(given.buffer.byteLength).toBe(canReturn ? 0 : SIZE);
});
