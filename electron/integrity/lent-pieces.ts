import { returnMemory } from './return-memory.ts';

/** Bytes of a piece: large enough that few are handed on, small enough that one is still near the processor when it is hashed and written. */
export const PIECE = 256 * 1024;

/** Pieces that wait for their next use, in this thread. */
const MOST_FREE = 32;

const free: Buffer[] = [];
const lent = new WeakMap<Uint8Array, Buffer>();
const given = new WeakSet<Uint8Array>();

/** Memory that is filled, and then goes out with {@link lend}. Fresh memory costs more than to fetch and decrypt what goes in it, as the system must find it, fill it with zeros and take it back. */
export function takePiece(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(PIECE);
}

/** The first bytes of a piece, for one reader: it may keep them for as long as it likes, or say with {@link giveBack} that nobody looks at them any more. */
export function lend(piece: Buffer, length: number): Buffer {
  const view = piece.subarray(0, length);
  lent.set(view, piece);
  return view;
}

/** As {@link lend} of bytes whose whole memory is theirs, of any size. */
export function giveAway<T extends Uint8Array>(bytes: T): T {
  given.add(bytes);
  return bytes;
}

/**
 * To be called only by who had a chunk last, after everything that reads it is over: its memory holds other bytes at once. Whatever was
 * neither lent nor given away is left alone: chunks of other sources, a part or a copy of one that was, and one that was given back before.
 */
export function giveBack(chunk: Uint8Array): void {
  if (given.delete(chunk)) return returnMemory(chunk);
  const piece = lent.get(chunk);
  if (piece === undefined) return;
  lent.delete(chunk);
  if (free.length < MOST_FREE) free.push(piece);
}
