import { describe, expect, test } from 'vitest';
import { isAbandoned, isKeptName, isPartialName, newPartialName } from './partial-name.ts';

const HOUR = 60 * 60 * 1000;
const name = newPartialName();
const computer = name.slice('.holdfast-'.length, '.holdfast-'.length + 6);
const age = (hours: number, isAlive: boolean, on = computer) => ({ changedMs: 0, nowMs: hours * HOUR, isAlive: () => isAlive, computer: on });

describe('partial names', () => {
  test('are short, known again, and each is another', () => {
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(45);
    expect(isPartialName(name)).toBe(true);
    expect(newPartialName()).not.toBe(name);
  });

  test.each(['temp', 'visible'] as const)('may look otherwise for servers that take no .part, or hide what begins with a dot: %s', (style) => {
    const other = newPartialName(false, style);
    expect(other).toMatch(style === 'temp' ? /^\.holdfast-.*\.temp$/ : /^holdfast-.*\.temp$/);
    expect(isPartialName(other)).toBe(true);
    expect(isPartialName(`${other}.0000000012`)).toBe(true);
    expect(isAbandoned(other, age(23, true))).toBe(false);
    expect(isAbandoned(other, age(0, false))).toBe(true);
  });

  test('only whole ones can be gone on with', () => {
    expect(isKeptName(newPartialName(true))).toBe(true);
    expect(isKeptName(newPartialName(true, 'visible'))).toBe(true);
    expect(isKeptName(`${newPartialName(true)}.0000000012`)).toBe(false);
    expect(isKeptName(name)).toBe(false);
  });

  test.each(['.holdfast-x.part', 'holdfast.part', `${name}.txt`, `x${name}`, '.holdfast-abcdef-1-0123456789ab.PART.bak'])('%j is not ours', (foreign) => {
    expect(isPartialName(foreign)).toBe(false);
    expect(isAbandoned(foreign, age(1000, false))).toBe(false);
  });

  test('one of a living process is left alone, for a day', () => {
    expect(isAbandoned(name, age(23, true))).toBe(false);
    expect(isAbandoned(name, age(25, true))).toBe(true);
    expect(isAbandoned(name, { changedMs: Date.now(), nowMs: Date.now() })).toBe(false);
  });

  test('one of a dead process goes at once, but only when it was a process of this computer', () => {
    expect(isAbandoned(name, age(0, false))).toBe(true);
    expect(isAbandoned(name, age(23, false, 'ffffff'))).toBe(false);
  });
});
