import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { type Checksum, formatChecksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { startOver } from '../../write-handle.ts';
import type { StoredSegment } from './segment-store.ts';

const BUFFER = 1024 * 1024;

export interface StreamedPartOptions {
  readonly number: number;
  readonly capacity: number;
  /** what an earlier try left under this number; null: nothing of this size */
  readonly there: StoredSegment | null;
  /** how long the server may take no bytes, in ms */
  readonly silence: number;
  /** sends it, and gives the MD5 that the server answers with */
  send(body: PassThrough, cut: AbortSignal): Promise<Checksum | null>;
}

/** A segment that is too large for memory: sent while it comes, or only compared when an earlier try left one of its size. Its digest is known afterwards. */
export class StreamedPart {
  readonly number: number;
  readonly capacity: number;
  length = 0;
  readonly #options: StreamedPartOptions;
  readonly #md5 = createHash('md5');
  readonly #cut = new AbortController();
  #digest: Checksum | null = null;
  readonly #body: PassThrough | null;
  readonly #answer: Promise<Checksum | null> | null;

  constructor(options: StreamedPartOptions) {
    this.#options = options;
    this.number = options.number;
    this.capacity = options.capacity;
    this.#body = options.there === null ? new PassThrough({ highWaterMark: BUFFER }) : null;
    // What it is closed for comes with the answer.
    this.#body?.on('error', () => undefined);
    this.#answer = this.#body === null ? null : options.send(this.#body, this.#cut.signal);
    this.#answer?.catch(() => this.#body?.destroy());
  }

  /** Of all that was added; null before {@link end}. */
  get md5(): Checksum | null {
    return this.#digest;
  }

  get room(): number {
    return this.capacity - this.length;
  }

  async add(piece: Uint8Array): Promise<void> {
    this.#md5.update(piece);
    this.length += piece.length;
    const body = this.#body;
    if (body === null) return;
    if (body.destroyed) await this.#refused();
    if (!body.write(piece)) await this.#drained(body);
  }

  /** Once all bytes were added. @returns its digest, and what the server says of it; null when it was there before and is the same @throws StorageError unavailable with `startOver` when it is another one */
  async end(): Promise<{ readonly md5: Checksum; readonly answered: Checksum | null; readonly wasThere: boolean }> {
    const md5 = formatChecksum('md5', this.#md5.digest('hex'));
    this.#digest = md5;
    if (this.#body === null) {
      if (this.#options.there?.md5 === md5) return { md5, answered: md5, wasThere: true };
      throw startOver(`Segment ${this.number} that an earlier try left is ${this.#options.there?.md5 ?? 'not known by digest'}, but the source is ${md5} there: it begins anew.`);
    }
    this.#body.end();
    return { md5, answered: (await this.#answer) ?? null, wasThere: false };
  }

  /** Ends what is under way; the server keeps nothing of it. */
  cut(): void {
    this.#cut.abort();
    this.#body?.destroy();
  }

  /** Resolves when the server took enough of it; a server that takes nothing for too long is given up. */
  #drained(body: PassThrough): Promise<void> {
    const { silence } = this.#options;
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        body.off('drain', drain).off('close', close);
        if (error === undefined) resolve();
        else reject(error);
      };
      const drain = (): void => settle();
      const close = (): void => {
        this.#refused().catch((error: unknown) => settle(error as Error));
      };
      const timer = setTimeout(() => {
        settle(new StorageError('unavailable', `The server took no bytes of segment ${this.number} for ${silence / 1000} s.`));
        this.cut();
      }, silence);
      body.once('drain', drain).once('close', close);
    });
  }

  /** The server answered before it had all. */
  async #refused(): Promise<never> {
    await this.#answer;
    throw new StorageError('unavailable', `The server ended segment ${this.number} before it had all bytes.`);
  }
}
