import { describe, expect, it } from 'vitest';
import { formatAge, formatBytes, formatBytesOf, formatDate, formatDuration, formatExactBytes, formatSpeed, formatTimeLeft, localBaseName, localParentName, percent, plural } from './format.ts';

describe('sizes', () => {
  it.each([
    [0, '0 B'], [1023, '1023 B'], [1024, '1 KiB'], [90_112, '88 KiB'], [2_201_344, '2.1 MiB'], [734_003_200, '700 MiB'],
    [1023.9 * 1024, '1 MiB'], [19_756_849_561, '18.4 GiB'], [2 ** 50 * 3000, '3000 PiB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it('name the unit once where both have it, and never hide a beginning', () => {
    expect(formatBytesOf(12_669_942_989, 19_756_849_561)).toBe('11.8 of 18.4 GiB');
    expect(formatBytesOf(1_000_000, 2_201_344)).toBe('977 KiB of 2.1 MiB');
    expect(formatBytesOf(0, 421_888)).toBe('0 of 412 KiB');
    expect(formatBytesOf(421_888, null)).toBe('412 KiB');
  });

  it('are exact where it is asked for', () => {
    expect(formatExactBytes(2_201_344)).toBe('2,201,344 bytes');
    expect(formatExactBytes(1)).toBe('1 byte');
  });
});

describe('speeds and times', () => {
  it('say nothing rather than zero', () => {
    expect(formatSpeed(null)).toBe('—');
    expect(formatSpeed(0)).toBe('—');
    expect(formatSpeed(301_989_888)).toBe('288 MiB/s');
    expect(formatTimeLeft(null)).toBe('');
    expect(formatTimeLeft(Infinity)).toBe('');
  });

  it.each([[0.2, '1 s'], [59, '59 s'], [60, '1 min'], [372, '6 min'], [3600, '1 h'], [7500, '2 h 5 min'], [86_400, '1 day'], [260_000, '3 days']])('%d seconds are %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it('never prints an invalid date', () => {
    expect(formatDate(null)).toBe('—');
    expect(formatDate('yesterday')).toBe('—');
    expect(formatDate('2026-11-22T13:20:05.000Z')).toMatch(/^2026-11-2[123] \d\d:\d0$/);
  });
});

describe('shares and words', () => {
  it('keep an empty file from being an endless bar, and a growing file from passing the end', () => {
    expect(percent(0, 0)).toBe(100);
    expect(percent(5, null)).toBeNull();
    expect(percent(30, 20)).toBe(100);
    expect(percent(5, 20)).toBe(25);
  });

  it('count', () => {
    expect(plural(1, 'item', 'items')).toBe('1 item');
    expect(plural(12_345, 'item', 'items')).toBe('12,345 items');
  });

  it.each([['/home/ada/in/log.pdf', 'log.pdf', 'in'], ['C:\\Users\\Ada\\log.pdf', 'log.pdf', 'Ada'], ['/home/ada/in/', 'in', 'ada']])('take the names out of %s', (path, name, parent) => {
    expect(localBaseName(path)).toBe(name);
    expect(localParentName(path)).toBe(parent);
  });
});

describe('age', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  it.each([['2026-11-24T11:59:30Z', 'just now'], ['2026-11-24T12:00:30Z', 'just now'], ['2026-11-24T11:15:00Z', '45 min ago'], ['2026-11-21T12:00:00Z', '3 days ago'], ['no date', '—']])('%s was %s', (iso, text) => expect(formatAge(iso, now)).toBe(text));
});
