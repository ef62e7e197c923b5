import { StorageError } from '../../../../shared/storage/errors.ts';

export const MIB = 1024 * 1024;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html; the last part may be smaller. */
export const MIN_PART_SIZE = 5 * MIB;
export const MAX_PART_SIZE = 5 * 1024 * MIB;
export const MAX_PARTS = 10_000;
/** Small enough that little is sent again after a cut. */
export const DEFAULT_PART_SIZE = 8 * MIB;
/** What is held in memory at once, of one part and so of an object that is sent whole. Larger parts are sent while they are read. */
export const MAX_HELD = 32 * MIB;
/** For sources of unknown size: enough for 156 GiB. */
const UNKNOWN_PART_SIZE = 16 * MIB;

/** The size of every part but the last: the wanted one, or the smallest whole number of MiB with which 10,000 parts suffice. @throws StorageError size_limit_exceeded */
export function choosePartSize(size: number | undefined, wanted: number | null): number {
  if (size === undefined) return Math.min(Math.max(wanted ?? UNKNOWN_PART_SIZE, UNKNOWN_PART_SIZE), MAX_HELD);
  const least = Math.ceil(size / MAX_PARTS / MIB) * MIB;
  if (least > MAX_PART_SIZE) throw new StorageError('size_limit_exceeded', `${size.toLocaleString('en-US')} bytes are more than S3 takes: ${MAX_PARTS.toLocaleString('en-US')} parts of 5 GiB.`, { context: { size, limit: MAX_PARTS * MAX_PART_SIZE } });
  return Math.max(wanted ?? DEFAULT_PART_SIZE, least);
}

/** At least one, also of an empty file. */
export function partCount(size: number, partSize: number): number {
  return Math.max(1, Math.ceil(size / partSize));
}
