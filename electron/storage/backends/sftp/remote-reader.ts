import { Readable } from 'node:stream';
import { giveAway } from '../../../integrity/lent-pieces.ts';
import type { Handle, SftpClient } from './protocol/sftp-client.ts';
import { brokenProtocol } from './protocol/wire.ts';

export interface RemoteReaderOptions {
  readonly sftp: SftpClient;
  readonly handle: Handle;
  /** first byte, from 0 */
  readonly start: number;
  /** first byte that is not read any more */
  readonly end: number;
  /** where the file ends as far as is known; bytes beyond it are looked for, but not far ahead. Infinity: not known */
  readonly expected: number;
  /** makes what a READ failed with into an error for people */
  readonly explain: (error: unknown) => Promise<Error>;
  /** called once, when nothing more is read */
  readonly release: () => void;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes asked for ahead of the reader: few at first, so that a reader who stops early has cost little. */
const FIRST_AHEAD = 512 * 1024;
const MOST_AHEAD = 4 * 1024 * 1024;
/** Bytes that wait here for the reader, more or less. */
const HELD = 512 * 1024;

/** Reads a part of an open file of the server to its real end, with many requests under way at once. */
export class RemoteReader extends Readable {
  readonly #options: RemoteReaderOptions;
  readonly #asked: Promise<Buffer>[] = [];
  #at: number;
  #ahead = FIRST_AHEAD;
  #reading = false;
  #ended = false;

  constructor(options: RemoteReaderOptions) {
    // In pieces, each as it came: a reader of bytes would get those that wait as one, put together anew.
    super({ objectMode: true, highWaterMark: Math.ceil(HELD / options.sftp.maxRead), ...(options.signal && { signal: options.signal }) });
    this.#options = options;
    this.#at = options.start;
  }

  override _read(): void {
    if (this.#reading) return;
    this.#reading = true;
    this.#ask();
    const next = this.#asked.shift();
    if (next === undefined) {
      this.push(null);
      return;
    }
    next.then(
      (bytes) => {
        this.#reading = false;
        this.#ahead = Math.min(MOST_AHEAD, this.#ahead * 2);
        this.push(bytes.length === 0 ? null : giveAway(bytes));
      },
      (error: unknown) => {
        void this.#options.explain(error).then((explained) => this.destroy(explained));
      },
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // The requests under way are answered before the server sees what comes after them, so nothing has to be waited for.
    for (const asked of this.#asked) asked.catch(() => undefined);
    this.#options.release();
    done(error);
  }

  #ask(): void {
    const { sftp, end, expected } = this.#options;
    while (!this.#ended && this.#at < end && this.#asked.length < Math.max(1, Math.ceil(this.#ahead / sftp.maxRead))) {
      if (this.#at > expected && this.#asked.length > 0) return;
      const length = Math.min(sftp.maxRead, end - this.#at, this.#at < expected ? expected - this.#at : Infinity);
      this.#asked.push(this.#piece(this.#at, length));
      this.#at += length;
    }
  }

  /** A server may give less than was asked for, without being at the end. @returns nothing at the end */
  async #piece(at: number, length: number): Promise<Buffer> {
    const { sftp, handle } = this.#options;
    const parts: Buffer[] = [];
    for (let got = 0; got < length; ) {
      const part = await sftp.read(handle, at + got, length - got);
      if (part === null || part.length === 0) {
        this.#ended = true;
        break;
      }
      if (part.length > length - got) throw brokenProtocol('it gives more bytes than were asked for');
      parts.push(part);
      got += part.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }
}
