import { Writable } from 'node:stream';
import type { OperationOptions } from '../../operation-options.ts';
import type { WriteHandle } from '../../write-handle.ts';
import type { DavClient } from './dav-client.ts';
import { rangeHeaders } from './write-headers.ts';

/** Bytes of one request: `Content-Range` names the last byte, and the size of an update need not be known. */
const PART_SIZE = 4 * 1024 * 1024;

/** Writes into a stored file by a PUT with `Content-Range` for each part, on servers that were seen to keep the rest. What was written before an abort stays: the protocol cannot take it back. */
export class RangeUpdate implements WriteHandle {
  readonly stream: Writable;
  readonly #dav: DavClient;
  readonly #uri: string;
  readonly #signal: AbortSignal | undefined;
  #at: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(dav: DavClient, uri: string, seek: number, { signal }: OperationOptions) {
    this.#dav = dav;
    this.#uri = uri;
    this.#at = seek;
    this.#signal = signal;
    this.stream = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        this.#parts.push(chunk);
        this.#length += chunk.length;
        if (this.#length < PART_SIZE) done();
        else this.#flush().then(() => done(), done);
      },
      final: (done) => void this.#flush().then(() => done(), done),
    });
  }

  commit(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  abort(): Promise<void> {
    this.stream.destroy();
    return Promise.resolve();
  }

  async #flush(): Promise<void> {
    if (this.#length === 0) return;
    const [body, length, at] = [this.#parts, this.#length, this.#at];
    this.#parts = [];
    this.#length = 0;
    await this.#dav.put(this.#uri, { body, signal: this.#signal, workload: length, headers: { ...rangeHeaders(at, length, null), 'content-length': String(length) } });
    this.#at += length;
  }
}
