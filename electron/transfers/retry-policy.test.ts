import { expect, test } from 'vitest';
import { StorageError } from '../../shared/storage/errors.ts';
import { TRIES, retryDelay } from './retry-policy.ts';

const unavailable = new StorageError('unavailable', 'gone').toRecord();

test('the pauses grow, and each is shortened by up to a half at random', () => {
  expect([1, 2, 3].map((tries) => retryDelay(unavailable, tries, () => 0))).toEqual([1000, 3000, 9000]);
  expect([1, 2, 3].map((tries) => retryDelay(unavailable, tries, () => 1))).toEqual([500, 1500, 4500]);
});

test('after the last try nothing is tried by itself', () => {
  expect(retryDelay(unavailable, TRIES)).toBeNull();
});

test('what cannot pass by itself is not tried again', () => {
  for (const code of ['checksum_mismatch', 'permission_denied', 'size_limit_exceeded', 'out_of_space', 'authentication_failed'] as const) expect(retryDelay(new StorageError(code, 'no').toRecord(), 1)).toBeNull();
});

test('a server that asks for more time gets it, within reason', () => {
  const busy = (retryAfter: number) => new StorageError('rate_limited', 'busy', { context: { retryAfter } }).toRecord();
  expect(retryDelay(busy(20), 1)).toBe(20_000);
  expect(retryDelay(busy(0), 1, () => 0)).toBe(1000);
  expect(retryDelay(busy(86_400), 1)).toBe(300_000);
  expect(retryDelay(new StorageError('rate_limited', 'busy', { context: { retryAfter: 'soon' } }).toRecord(), 1, () => 0)).toBe(1000);
});
