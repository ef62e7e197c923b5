import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { PIECE, lend, takePiece } from '../../../integrity/lent-pieces.ts';

/** Pieces read ahead. */
const AHEAD = 2;

export interface FileReaderOptions {
  /** first byte, from 0 */
  readonly start: number;
  /** first byte that is not read any more; where the file is shorter by now, the stream ends there */
  readonly end: number;
  /** closes the handle at the end */
  readonly closes: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Reads a part of an open file ahead of the reader, in pieces that are lent. Knows the end beforehand, so it needs no empty read to find it. */
export class FileReader extends Readable {
  readonly #handle: FileHandle;
  readonly #end: number;
  readonly #closes: boolean;
  #at: number;

  constructor(handle: FileHandle, { start, end, closes, signal }: FileReaderOptions) {
    // Counted in bytes, a stream joins what waits, which costs a copy and loses whose memory it is.
    super({ objectMode: true, highWaterMark: AHEAD, ...(signal && { signal }) });
    this.#handle = handle;
    this.#at = start;
    this.#end = end;
    this.#closes = closes;
  }

  override _read(): void {
    const length = Math.min(PIECE, this.#end - this.#at);
    if (length <= 0) {
      this.push(null);
      return;
    }
    const piece = takePiece();
    this.#handle.read(piece, 0, length, this.#at).then(
      ({ bytesRead }) => {
        this.#at += bytesRead;
        this.push(bytesRead === 0 ? null : lend(piece, bytesRead));
      },
      (error: unknown) => this.destroy(error as Error),
    );
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
