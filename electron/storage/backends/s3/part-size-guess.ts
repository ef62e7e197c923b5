import { MAX_PART_SIZE, MIB, MIN_PART_SIZE } from './part-size.ts';

const MB = 1_000_000;

/** Part sizes that programs use by default or that people set: round ones in MiB and in MB, and the odd one of Amazon's web console. */
const KNOWN: readonly number[] = [
  ...[5, 6, 7, 8, 9, 10, 12, 15, 16, 20, 24, 25, 30, 32, 35, 40, 48, 50, 60, 64, 70, 80, 90, 96, 100, 110, 120, 125, 128, 150, 160, 192, 200, 250, 256, 300, 320, 384, 400, 500, 512, 640, 768, 1000, 1024, 1536, 2000, 2048, 3072, 4000, 4096, 5000, 5120].map((size) => size * MIB),
  ...[5.5, 6, 8, 10, 15, 16, 20, 25, 30, 32, 40, 50, 64, 100, 128, 150, 200, 250, 256, 500, 512, 1000, 2000, 5000].map((size) => size * MB),
  17_179_870,
];

/**
 * Part sizes that cut so many bytes into exactly so many parts, those that the server told first: known ones, and those to which programs
 * grow when 10,000 parts would not suffice (whole MiB, doublings of 5 and 8 MiB, the exact ten-thousandth).
 */
export function candidatePartSizes(size: number, parts: number, told: readonly number[] = []): readonly number[] {
  if (parts === 1) return [size];
  const least = Math.ceil(size / parts);
  const most = Math.floor((size - 1) / (parts - 1));
  const fits = (partSize: number): boolean => partSize >= least && partSize <= most;
  const equal = told.length > 0 && told.every((each) => each === told[0]) ? told.slice(0, 1) : [];
  const grown = [Math.ceil(size / 10_000), Math.ceil(size / 9_999), Math.ceil(size / 10_000 / MIB) * MIB, least];
  const doubled = [5, 8].flatMap((first) => Array.from({ length: 10 }, (_, step) => first * 2 ** step * MIB));
  const possible = (partSize: number): boolean => partSize >= MIN_PART_SIZE && partSize <= MAX_PART_SIZE;
  return [...new Set([...equal, ...KNOWN.filter(possible), ...doubled, ...grown.filter(possible)])].filter(fits);
}
