const MIB = 1024 * 1024;

/** https://learn.microsoft.com/azure/storage/blobs/scalability-targets */
export const MAX_BLOCKS = 50_000;
export const DEFAULT_BLOCK = 2 * MIB;
/** The service takes 4,000 MiB, but a block lies in memory until its digest is known. */
export const MAX_BLOCK = 128 * MIB;
/** Files up to this size go over in one request. */
export const SINGLE_REQUEST = 8 * MIB;
/** Bytes of one file that are on the way at the same time: so much a cut can cost. */
const ON_THE_WAY = 8 * MIB;
/** Largest file that fits 50,000 such blocks, in bytes (6.1 TiB). */
export const MAX_SIZE = MAX_BLOCKS * MAX_BLOCK;
/** A file of unknown size goes on with blocks of twice the size after so many. */
const STEP = 10_000;

/** How a file is cut into blocks. A resumed save must cut it the same way. */
export interface BlockPlan {
  /** size of the first blocks, in bytes */
  readonly block: number;
  /** the size was not known, so blocks grow */
  readonly grows: boolean;
}

export function planBlocks(size: number | undefined, block: number): BlockPlan {
  const needed = size === undefined ? 0 : Math.ceil(size / MAX_BLOCKS / MIB) * MIB;
  return { block: Math.min(MAX_BLOCK, Math.max(block, needed)), grows: size === undefined };
}

/** @param index from 0 */
export function blockSizeAt({ block, grows }: BlockPlan, index: number): number {
  return grows ? Math.min(MAX_BLOCK, block * 2 ** Math.floor(index / STEP)) : block;
}

/** Blocks of one file that are sent at the same time. */
export function parallelBlocks(block: number): number {
  return Math.max(2, Math.floor(ON_THE_WAY / block));
}
