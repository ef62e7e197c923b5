import { Writable } from 'node:stream';
import { giveBack } from '../../../integrity/lent-pieces.ts';
import type { ByteBudget } from '../../byte-budget.ts';
import type { Handle, SftpClient } from './protocol/sftp-client.ts';

export interface RemoteWriterOptions {
  readonly sftp: SftpClient;
  readonly handle: Handle;
  /** first byte, from 0 */
  readonly start: number;
  /** bounds what all writers of a location have under way */
  readonly budget: ByteBudget;
  /** runs when the last byte was sent, maybe before it is acknowledged */
  readonly finish?: () => Promise<void>;
  /** makes what a WRITE failed with into an error for people */
  readonly explain: (error: unknown) => Promise<Error>;
}

/** Bytes that may wait here while others are under way. */
const AHEAD = 1024 * 1024;

/** Bytes under way: as many as begun with, at least and at most. An SSH server takes in about 2 MiB before its disk has them. */
const WINDOW = { first: 1024 * 1024, least: 512 * 1024, most: 4 * 1024 * 1024 } as const;
const PIECES_UNDER_WAY = 16;
/** Answers that take longer than this, in milliseconds, make the window smaller, so that a cancel or a question does not wait behind it for long. */
const SLOW = 2000;
const QUICK = 500;

/** Writes into an open file of the server with many requests under way at once. Never closes the handle. */
export class RemoteWriter extends Writable {
  readonly #options: RemoteWriterOptions;
  #at: number;
  #window: number = WINDOW.first;
  #underWay = 0;
  #failing = false;
  #failure: Error | null = null;
  #wake: () => void = () => undefined;

  constructor(options: RemoteWriterOptions) {
    super({ highWaterMark: AHEAD });
    this.#options = options;
    this.#at = options.start;
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#finish().then(() => done(), done);
  }

  async #send(chunk: Uint8Array): Promise<void> {
    const { sftp, budget } = this.#options;
    let left = 1;
    // Its memory may be in packets that were not sent yet until the server has answered to all of them.
    const stored = (): void => {
      left -= 1;
      if (left === 0) giveBack(chunk);
    };
    for (let start = 0; start < chunk.length; ) {
      const piece = chunk.subarray(start, start + Math.min(sftp.maxWrite, Math.ceil(this.#window / PIECES_UNDER_WAY)));
      while (this.#failure === null && this.#underWay > 0 && this.#underWay + piece.length > this.#window) await this.#change();
      const release = await budget.take(piece.length);
      if (this.#failure !== null || this.destroyed) {
        release();
        throw this.#failure ?? new Error('the stream was closed');
      }
      left += 1;
      this.#sendPiece(piece, release, stored);
      start += piece.length;
    }
    stored();
  }

  #sendPiece(piece: Uint8Array, release: () => void, stored: () => void): void {
    const { sftp, handle } = this.#options;
    const began = performance.now();
    this.#underWay += piece.length;
    const settled = (): void => {
      release();
      this.#underWay -= piece.length;
      this.#wake();
    };
    sftp.write(handle, this.#at, piece).then(
      () => {
        this.#adapt(performance.now() - began);
        stored();
        settled();
      },
      (error: unknown) => {
        settled();
        void this.#fail(error);
      },
    );
    this.#at += piece.length;
  }

  #adapt(milliseconds: number): void {
    if (milliseconds < QUICK) this.#window = Math.min(WINDOW.most, this.#window + this.#window / PIECES_UNDER_WAY);
    else if (milliseconds > SLOW) this.#window = Math.max(WINDOW.least, this.#window / 2);
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#failing) return;
    this.#failing = true;
    this.#failure = await this.#options.explain(error);
    this.#wake();
    this.destroy(this.#failure);
  }

  async #finish(): Promise<void> {
    const finished = this.#options.finish?.() ?? Promise.resolve();
    finished.catch(() => undefined);
    while ((this.#underWay > 0 || this.#failing) && this.#failure === null) await this.#change();
    if (this.#failure !== null) throw this.#failure;
    await finished;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
