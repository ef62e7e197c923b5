import { expect, test } from 'vitest';
import { Bandwidth } from './bandwidth.ts';

/** A clock that stands still until it is told otherwise, in nanoseconds. */
function stopped() {
  let now = 5_000_000_000n;
  return { now: () => now, pass: (milliseconds: number) => void (now += BigInt(milliseconds) * 1_000_000n) };
}

test('without a limit nobody waits, and pieces are as large as they like', () => {
  const pace = new Bandwidth().pace('up');
  expect(pace.take(1e9)).toBeUndefined();
  expect(pace.piece()).toBe(1024 * 1024);
});

test('bytes wait until those before them are paid for, each way by itself', () => {
  const clock = stopped();
  const bandwidth = new Bandwidth(undefined, clock.now);
  bandwidth.set({ up: 1000, down: null });
  const up = bandwidth.pace('up');
  expect(up.take(500)).toBeUndefined();
  expect(up.take(500)).toBeInstanceOf(Promise);
  expect(bandwidth.pace('down').take(1e9)).toBeUndefined();
  clock.pass(999);
  expect(up.take(1)).toBeInstanceOf(Promise);
  clock.pass(2);
  expect(up.take(1)).toBeUndefined();
});

test('an idle time is no credit for a burst later', () => {
  const clock = stopped();
  const bandwidth = new Bandwidth(undefined, clock.now);
  bandwidth.set({ up: 1000, down: null });
  clock.pass(60_000);
  const up = bandwidth.pace('up');
  expect(up.take(1000)).toBeUndefined();
  expect(up.take(1)).toBeInstanceOf(Promise);
});

test('pieces are small enough for a smooth flow, but never tiny', () => {
  const bandwidth = new Bandwidth();
  bandwidth.set({ up: 200_000, down: 10_000 });
  expect(bandwidth.pace('up').piece()).toBe(20_000);
  expect(bandwidth.pace('down').piece()).toBe(4096);
  bandwidth.set({ up: 1e9, down: null });
  expect(bandwidth.pace('up').piece()).toBe(1024 * 1024);
});

test('threads that share the memory share the limit', () => {
  const clock = stopped();
  const one = new Bandwidth(undefined, clock.now);
  const other = new Bandwidth(one.memory, clock.now);
  one.set({ up: 1000, down: null });
  expect(other.pace('up').take(1000)).toBeUndefined();
  expect(one.pace('up').take(1)).toBeInstanceOf(Promise);
});

test('who waits goes on when the limit is taken away, and ends when it is aborted', async () => {
  const bandwidth = new Bandwidth();
  bandwidth.set({ up: 1, down: null });
  const up = bandwidth.pace('up');
  expect(up.take(1_000_000)).toBeUndefined();
  const abort = new AbortController();
  const aborted = up.take(1, abort.signal);
  abort.abort();
  await expect(aborted).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  const waiting = up.take(1);
  bandwidth.set({ up: null, down: null });
  await waiting;
});
