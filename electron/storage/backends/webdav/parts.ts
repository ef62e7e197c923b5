import type { StreamedPut } from './streamed-put.ts';

export interface PartsOptions {
  /** bytes of the whole */
  readonly size: number;
  /** first byte to send */
  readonly offset: number;
  /** bytes of every part but the last */
  readonly partSize: number;
  /** @param start first byte of the part, from 0 */
  readonly begin: (start: number, length: number) => Promise<StreamedPut>;
  /** the answer to the last piece of a part was lost: whether the server has all up to `end` */
  readonly confirm: (start: number, end: number) => Promise<boolean>;
  readonly isLost: (error: unknown) => boolean;
}

/** Sends a file in parts, one request after the other, each of a length that is known before. Nothing is held in memory but what waits for the network. */
export class Parts {
  readonly #options: PartsOptions;
  #at: number;
  #end: number;
  #start: number;
  #put: StreamedPut | null = null;

  constructor(options: PartsOptions) {
    this.#options = options;
    this.#at = options.offset;
    this.#start = options.offset;
    this.#end = options.offset;
  }

  /** Bytes that the current part may still take; a whole part when none is begun. */
  get room(): number {
    return this.#put === null ? this.#nextEnd - this.#at : this.#end - this.#at;
  }

  /** @returns the end of the part, when these bytes complete it and the server has it; else null */
  async take(bytes: Uint8Array): Promise<number | null> {
    let completed: number | null = null;
    for (let rest = bytes; rest.length > 0; ) {
      const put = this.#put ?? (await this.#begin());
      const piece = rest.subarray(0, this.#end - this.#at);
      await put.write(piece);
      this.#at += piece.length;
      rest = rest.subarray(piece.length);
      if (this.#at < this.#end) continue;
      await this.#finish(put);
      completed = this.#end;
    }
    return completed;
  }

  async cut(): Promise<void> {
    await this.#put?.cut();
  }

  get #nextEnd(): number {
    const { size, partSize } = this.#options;
    return Math.min(this.#at - (this.#at % partSize) + partSize, Math.max(size, this.#at + 1));
  }

  async #begin(): Promise<StreamedPut> {
    this.#start = this.#at;
    this.#end = this.#nextEnd;
    this.#put = await this.#options.begin(this.#start, this.#end - this.#start);
    return this.#put;
  }

  async #finish(put: StreamedPut): Promise<void> {
    try {
      await put.finish();
    } catch (error) {
      if (!this.#options.isLost(error) || !(await this.#options.confirm(this.#start, this.#end).catch(() => false))) throw error;
    }
    this.#put = null;
  }
}
