import { Readable } from 'node:stream';
import { pattern } from '../../testing/subject.ts';

const PIECE = 1024 * 1024;

/** Bytes that are made as they are wanted, so that gigabytes take no memory; each piece is another one. */
export function largeSource(size: number, seed = 1): Readable {
  const piece = pattern(PIECE, seed);
  return Readable.from(
    (function* pieces() {
      for (let at = 0; at < size; at += PIECE) {
        const copy = Buffer.from(piece.subarray(0, Math.min(PIECE, size - at)));
        copy.writeUInt32BE(at / PIECE, 0);
        yield copy;
      }
    })(),
    { objectMode: false, highWaterMark: PIECE },
  );
}
