import { expect, test } from 'vitest';
import { SpeedMeter, secondsLeft } from './speed-meter.ts';

test('a steady stream shows its speed, and nothing is said before there is something to say', () => {
  const meter = new SpeedMeter(0);
  meter.add(1000, 10);
  expect(meter.rate(20)).toBeNull();
  for (let now = 100; now <= 10_000; now += 100) meter.add(100_000, now);
  expect(meter.rate(10_000)).toBeGreaterThan(900_000);
  expect(meter.rate(10_000)).toBeLessThan(1_100_000);
});

test('a stream that stalls fades to nothing', () => {
  const meter = new SpeedMeter(0);
  meter.add(1_000_000, 1000);
  for (let now = 2000; now <= 40_000; now += 1000) meter.rate(now);
  expect(meter.rate(40_000)).toBeLessThan(100);
});

test('time left is told only when it can be', () => {
  expect(secondsLeft(1000, 300)).toBe(4);
  expect(secondsLeft(null, 300)).toBeNull();
  expect(secondsLeft(1000, null)).toBeNull();
  expect(secondsLeft(1000, 0)).toBeNull();
  expect(secondsLeft(-5, 10)).toBe(0);
});
