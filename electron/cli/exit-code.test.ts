import { expect, test } from 'vitest';
import { EXIT, exitCodeOf, worst } from './exit-code.ts';

test('codes of errors', () => {
  expect(exitCodeOf('invalid_config')).toBe(1);
  expect(exitCodeOf('unavailable')).toBe(2);
  expect(exitCodeOf('checksum_mismatch')).toBe(3);
  expect(exitCodeOf('size_mismatch')).toBe(3);
});

test('one mismatch among failures and successes is what the script is told', () => {
  expect(worst([EXIT.proven, EXIT.failed, EXIT.mismatch, EXIT.levelNotReached])).toBe(3);
  expect(worst([EXIT.proven, EXIT.levelNotReached])).toBe(4);
  expect(worst([])).toBe(0);
});
