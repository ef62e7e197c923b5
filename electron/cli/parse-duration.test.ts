import { expect, test } from 'vitest';
import { parseDuration } from './parse-duration.ts';

test.each([['90s', 90], ['30m', 1800], [' 1 h ', 3600], ['1.5H', 5400], ['7d', 604_800]])('%j is %d seconds', (text, seconds) => {
  expect(parseDuration(text, '--expires')).toBe(seconds);
});

test.each(['', '1', 'h', '-1h', '0s', '1w', '1h30m', '1e9d'])('%j is no time, and the option is named', (text) => {
  expect(() => parseDuration(text, '--expires')).toThrow(/--expires.*30m, 1h or 7d/);
});
