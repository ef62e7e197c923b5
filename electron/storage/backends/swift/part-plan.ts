import { StorageError } from '../../../../shared/storage/errors.ts';
import type { SwiftLimits } from './limits.ts';

const MIB = 1024 * 1024;

/** Files up to this size are one object; larger ones are segments of at least this size. In bytes. */
export const PART_SIZE = 8 * MIB;
/** Largest segment that is held in memory until its digest is known; larger ones are streamed. In bytes. */
export const MOST_HELD = 16 * MIB;
/** Bytes that one segment takes in the manifest at most: path, digest and size. */
const ENTRY_BYTES = 600;

type PlanLimits = Pick<SwiftLimits, 'maxObject' | 'maxSegments' | 'minSegment' | 'maxManifest'>;

/** How many segments one file may have. */
export function mostParts({ maxSegments, maxManifest }: Pick<PlanLimits, 'maxSegments' | 'maxManifest'>): number {
  return Math.max(1, Math.min(maxSegments, Math.floor(maxManifest / ENTRY_BYTES)));
}

/** Largest file in bytes. */
export function mostBytes(limits: PlanLimits): number {
  return Math.min(Number.MAX_SAFE_INTEGER, mostParts(limits) * limits.maxObject);
}

/**
 * The size of each segment but the last: small, so that little is sent again after a cut, but large enough for the server's number of segments.
 * @param size of the file in bytes; null when not known, then the largest segment that is held in memory
 * @throws StorageError size_limit_exceeded
 */
export function partSizeFor(size: number | null, limits: PlanLimits): number {
  const least = Math.min(limits.maxObject, Math.max(PART_SIZE, limits.minSegment));
  if (size === null) return Math.min(limits.maxObject, Math.max(MOST_HELD, least));
  const needed = Math.ceil(size / mostParts(limits));
  const rounded = needed <= least ? least : Math.ceil(needed / MIB) * MIB;
  if (needed > limits.maxObject) throw new StorageError('size_limit_exceeded', `${size.toLocaleString('en-US')} bytes are more than ${mostBytes(limits).toLocaleString('en-US')}, the most that this server takes in one file.`, { context: { size, limit: mostBytes(limits) } });
  return Math.min(rounded, limits.maxObject);
}
