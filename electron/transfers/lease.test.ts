import { expect, test } from 'vitest';
import { isDead } from './lease.ts';

const owner = { id: 'a', pid: 7, host: 'here', started: 0, heartbeat: 1_000_000 };
const world = { host: 'here', now: 1_005_000, alive: () => true };

test('an owner whose process is gone is dead at once', () => {
  expect(isDead(owner, { ...world, alive: () => false })).toBe(true);
});

test('an owner that lives is left alone, also after the computer slept for a while', () => {
  expect(isDead(owner, world)).toBe(false);
  expect(isDead(owner, { ...world, now: owner.heartbeat + 60_000 })).toBe(false);
});

test('a process that only has the same number does not keep a lease for ever', () => {
  expect(isDead(owner, { ...world, now: owner.heartbeat + 3_600_000 })).toBe(true);
});

test('whether a process of another computer runs cannot be asked here', () => {
  expect(isDead({ ...owner, host: 'there' }, { ...world, alive: () => false })).toBe(false);
});

test('a clock that was set back does not kill', () => {
  expect(isDead(owner, { ...world, now: 0 })).toBe(false);
});
