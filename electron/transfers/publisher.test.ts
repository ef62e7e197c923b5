import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { Publisher } from './publisher.ts';

test('any number of changes is published at most ten times a second, and the last one always', async () => {
  const clock = new ManualClock();
  const times: number[] = [];
  const publisher = new Publisher(clock, () => Promise.resolve(void times.push(clock.now())));
  for (let millisecond = 0; millisecond < 1000; millisecond++) {
    publisher.request();
    clock.advance(1);
    await nextTurn();
  }
  expect(times.length).toBeGreaterThanOrEqual(9);
  expect(times.slice(1).map((time, index) => time - (times[index] ?? 0)).every((gap) => gap >= 100)).toBe(true);
  const before = times.length;
  publisher.request();
  clock.advance(100);
  await nextTurn();
  expect(times).toHaveLength(before + 1);
});

test('a change during a publication is published by the next one, never at the same time', async () => {
  const clock = new ManualClock();
  let running = 0;
  let published = 0;
  let finish = (): void => undefined;
  const publisher = new Publisher(clock, () => new Promise((resolve) => {
    expect(++running).toBe(1);
    finish = () => {
      running--;
      published++;
      resolve();
    };
  }));
  publisher.request();
  clock.advance(0);
  publisher.request();
  publisher.request();
  clock.advance(1000);
  finish();
  await nextTurn();
  clock.advance(100);
  finish();
  await nextTurn();
  expect(published).toBe(2);
});

test('a publication that fails does not end the next ones, and nothing is published after the end', async () => {
  const clock = new ManualClock();
  let asked = 0;
  const publisher = new Publisher(clock, () => {
    asked++;
    return Promise.reject(new Error('no database'));
  });
  publisher.request();
  clock.advance(0);
  await nextTurn();
  publisher.request();
  clock.advance(100);
  await nextTurn();
  expect(asked).toBe(2);
  publisher.request();
  publisher.close();
  clock.advance(1000);
  await nextTurn();
  expect(asked).toBe(2);
});
