import { createHash } from 'node:crypto';
import { type Checksum, formatChecksum } from '../../../../shared/storage/checksum.ts';

/** A segment that lies in memory until it is whole, so that its digest can go before it and it can be sent again. */
export class HeldPart {
  readonly number: number;
  /** bytes that it may hold */
  readonly capacity: number;
  readonly pieces: Uint8Array[] = [];
  /** Gives its memory back; may be called again. */
  readonly release: () => void;
  length = 0;
  readonly #md5 = createHash('md5');

  constructor(number: number, capacity: number, release: () => void) {
    this.number = number;
    this.capacity = capacity;
    this.release = release;
  }

  get room(): number {
    return this.capacity - this.length;
  }

  add(piece: Uint8Array): Promise<void> {
    this.#md5.update(piece);
    this.pieces.push(piece);
    this.length += piece.length;
    return Promise.resolve();
  }

  /** May be called once. */
  md5(): Checksum {
    return formatChecksum('md5', this.#md5.digest('hex'));
  }
}
