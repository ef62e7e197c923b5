import { describe, expect, test } from 'vitest';
import { choosePartSize, DEFAULT_PART_SIZE, MAX_PART_SIZE, MAX_PARTS, MIB, partCount } from './part-size.ts';
import { candidatePartSizes } from './part-size-guess.ts';

const TIB = 1024 ** 4;

describe('the size of parts', () => {
  test.each([0, 1, 100 * MIB, DEFAULT_PART_SIZE * MAX_PARTS, DEFAULT_PART_SIZE * MAX_PARTS + 1, 5 * TIB, MAX_PART_SIZE * MAX_PARTS])('10,000 of them suffice for %d bytes', (size) => {
    const partSize = choosePartSize(size, null);
    expect(partCount(size, partSize)).toBeLessThanOrEqual(MAX_PARTS);
    expect(partSize).toBeLessThanOrEqual(MAX_PART_SIZE);
    expect(partSize % MIB).toBe(0);
  });

  test('is the wanted one, or larger where that does not suffice', () => {
    expect(choosePartSize(100 * MIB, 16 * MIB)).toBe(16 * MIB);
    expect(choosePartSize(5 * TIB, 16 * MIB)).toBe(525 * MIB);
    expect(choosePartSize(undefined, null)).toBe(16 * MIB);
    expect(choosePartSize(undefined, 512 * MIB)).toBe(32 * MIB);
  });

  test('more than S3 takes is refused', () => {
    expect(() => choosePartSize(MAX_PART_SIZE * MAX_PARTS + 1, null)).toThrow(expect.objectContaining({ code: 'size_limit_exceeded' }));
  });

  test('guesses cut into exactly so many parts, those that were told first', () => {
    for (const parts of [2, 3, 7, 13, 100]) {
      for (const guess of candidatePartSizes(100 * MIB + 5, parts)) expect(Math.ceil((100 * MIB + 5) / guess)).toBe(parts);
    }
    expect(candidatePartSizes(100 * MIB, 13)).toContain(8 * MIB);
    expect(candidatePartSizes(100 * MIB, 20)).toContain(5 * MIB);
    expect(candidatePartSizes(100 * MIB, 1)).toEqual([100 * MIB]);
    expect(candidatePartSizes(30 * MIB, 4, [7_654_321])[0]).not.toBe(7_654_321);
    expect(candidatePartSizes(30 * MIB, 5, [7_654_321])[0]).toBe(7_654_321);
    expect(candidatePartSizes(700 * 1024 ** 3, 9_956)).toContain(72 * MIB);
  });
});
