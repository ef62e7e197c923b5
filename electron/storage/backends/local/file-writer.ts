import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { giveBack } from '../../../integrity/lent-pieces.ts';
import { nameQuotaError } from './quota.ts';

/** Bytes that may wait while others are being written. */
const AHEAD = 2 * 1024 * 1024;

/** After so many bytes the system is told to bring them to the disk, so that the last sync does not have to wait for the whole file. */
const FLUSH_EVERY = 32 * 1024 * 1024;

/** Writes into an open file from `start` on, and gives its pieces back. Never closes the handle: who opened it proves or removes what is there. */
export class FileWriter extends Writable {
  readonly #handle: FileHandle;
  readonly #finish: () => Promise<void>;
  #at: number;
  #unflushed = 0;
  #flushing: Promise<void> = Promise.resolve();

  /** `finish` runs after the last byte, before the stream says that it is finished */
  constructor(handle: FileHandle, start: number, finish: () => Promise<void> = () => Promise.resolve()) {
    super({ highWaterMark: AHEAD });
    this.#handle = handle;
    this.#at = start;
    this.#finish = finish;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    settle(this.#put([chunk]), callback);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    settle(this.#put(chunks.map(({ chunk }) => chunk)), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    settle(this.#flushing.then(this.#finish), callback);
  }

  async #put(buffers: readonly Buffer[]): Promise<void> {
    let rest = buffers;
    while (rest.length > 0) {
      const { bytesWritten } = await this.#handle.writev(rest, this.#at);
      this.#at += bytesWritten;
      this.#unflushed += bytesWritten;
      rest = dropBytes(rest, bytesWritten);
    }
    buffers.forEach(giveBack);
    if (this.#unflushed >= FLUSH_EVERY) await this.#flush();
  }

  /** Waits for the flush before this one only: writing goes on while the disk is busy, but never far ahead of it. */
  async #flush(): Promise<void> {
    await this.#flushing;
    this.#unflushed = 0;
    this.#flushing = this.#handle.datasync();
    // Whoever waits for it next gets the error; until then it must not count as unhandled.
    this.#flushing.catch(() => undefined);
  }
}

function dropBytes(buffers: readonly Buffer[], count: number): readonly Buffer[] {
  let left = count;
  let whole = 0;
  for (const { length } of buffers) {
    if (length > left) break;
    left -= length;
    whole += 1;
  }
  const rest = buffers.slice(whole);
  return left === 0 ? rest : rest.map((buffer, index) => (index === 0 ? buffer.subarray(left) : buffer));
}

function settle(work: Promise<void>, callback: (error?: Error | null) => void): void {
  work.then(
    () => callback(),
    (error: unknown) => callback(nameQuotaError(error) as Error),
  );
}
