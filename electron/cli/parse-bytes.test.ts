import { expect, test } from 'vitest';
import { parseBytes } from './parse-bytes.ts';

test.each([
  ['0', 0],
  ['1500', 1500],
  ['64KiB', 65536],
  ['64ki', 65536],
  ['2.5GB', 2.5e9],
  ['10 MiB', 10 * 2 ** 20],
])('%s', (text, bytes) => {
  expect(parseBytes(text, '--size-limit')).toBe(bytes);
});

test.each(['', '-1', 'many', '1e9', '1 XB', '99999999999TB'])('%j is refused by name', (text) => {
  expect(() => parseBytes(text, '--size-limit')).toThrow(/--size-limit.*not a number of bytes/);
});
