import { expect, test } from 'vitest';
import { returnMemory } from './return-memory.ts';

const SIZE = 100_000;

test('memory is returned where the runtime can, but never that of the pool', () => {
  const own = Buffer.allocUnsafeSlow(SIZE);
  returnMemory(own.subarray(10));
  expect(own.buffer.byteLength).toBe('transfer' in ArrayBuffer.prototype ? 0 : SIZE);
  const pooled = Buffer.from('pooled');
  returnMemory(pooled);
  expect(pooled.toString()).toBe('pooled');
});
