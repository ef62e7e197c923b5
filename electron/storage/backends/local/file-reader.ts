import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';

/** Bytes asked of the system at once: few calls a file, and hashing one piece takes about half a millisecond. */
const PIECE = 512 * 1024;

export interface FileReaderOptions {
  /** first byte, from 0 */
  readonly start: number;
  /** first byte that is not read any more; where the file is shorter by now, the stream ends there */
  readonly end: number;
  /** closes the handle at the end */
  readonly closes: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Reads a part of an open file, one piece ahead of the reader. Knows the end beforehand, so it needs no empty read to find it. */
export class FileReader extends Readable {
  readonly #handle: FileHandle;
  readonly #end: number;
  readonly #closes: boolean;
  #at: number;

  constructor(handle: FileHandle, { start, end, closes, signal }: FileReaderOptions) {
    super({ highWaterMark: 2 * PIECE, ...(signal && { signal }) });
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
    this.#handle.read(Buffer.allocUnsafeSlow(length), 0, length, this.#at).then(
      ({ bytesRead, buffer }) => {
        this.#at += bytesRead;
        this.push(bytesRead === 0 ? null : buffer.subarray(0, bytesRead));
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
