import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';

/** Bytes asked of the system at once: few calls a file, and hashing one piece takes about half a millisecond. */
const PIECE = 512 * 1024;

/** Pieces read ahead, and with them one that is being read and one that the reader holds. */
const AHEAD = 2;
const PIECES_IN_USE = AHEAD + 2;

export interface FileReaderOptions {
  /** first byte, from 0 */
  readonly start: number;
  /** first byte that is not read any more; where the file is shorter by now, the stream ends there */
  readonly end: number;
  /** closes the handle at the end */
  readonly closes: boolean;
  /** gives the same few pieces of memory again and again: a chunk is whole only until the next one is asked for */
  readonly reuses?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Reads a part of an open file, one piece ahead of the reader. Knows the end beforehand, so it needs no empty read to find it. */
export class FileReader extends Readable {
  readonly #handle: FileHandle;
  readonly #end: number;
  readonly #closes: boolean;
  /** null: every piece gets memory of its own, which the system must first fill with zeros; that takes about as long as hashing it */
  readonly #ring: Buffer[] | null;
  #turn = 0;
  #at: number;

  constructor(handle: FileHandle, { start, end, closes, reuses = false, signal }: FileReaderOptions) {
    // Counted in pieces where their number matters: one may be shorter than it could be.
    super({ ...(reuses ? { objectMode: true, highWaterMark: AHEAD } : { highWaterMark: AHEAD * PIECE }), ...(signal && { signal }) });
    this.#handle = handle;
    this.#at = start;
    this.#end = end;
    this.#closes = closes;
    this.#ring = reuses ? [] : null;
  }

  override _read(): void {
    const length = Math.min(PIECE, this.#end - this.#at);
    if (length <= 0) {
      this.push(null);
      return;
    }
    this.#handle.read(this.#piece(length), 0, length, this.#at).then(
      ({ bytesRead, buffer }) => {
        this.#at += bytesRead;
        this.push(bytesRead === 0 ? null : buffer.subarray(0, bytesRead));
      },
      (error: unknown) => this.destroy(error as Error),
    );
  }

  #piece(length: number): Buffer {
    if (this.#ring === null) return Buffer.allocUnsafeSlow(length);
    // The first is the largest: only the last of a file is shorter.
    return (this.#ring[this.#turn++ % PIECES_IN_USE] ??= Buffer.allocUnsafeSlow(length));
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    if (!this.#closes) return callback(error);
    // Waits for a read that is under way, so that nobody gets a descriptor that is still in use.
    this.#handle.close().then(
      () => callback(error),
      (failure: unknown) => callback(error ?? (failure as Error)),
    );
  }
}
