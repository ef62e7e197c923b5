import { Writable } from 'node:stream';
import type { OperationOptions } from '../../storage-backend.ts';
import type { WriteHandle } from '../../write-handle.ts';
import { discard, type HttpClient } from '../../http/http-client.ts';

/** Bytes of one request: `Content-Range` must name the last byte, so the part must be whole before it is sent. */
const PART_SIZE = 4 * 1024 * 1024;

/** Writes into a stored file by a PUT with `Content-Range` for each part (RFC 9110 section 14.5). What was written before an abort stays: the protocol cannot take it back. */
export class RangeUpdate implements WriteHandle {
  readonly stream: Writable;
  readonly #client: HttpClient;
  readonly #uri: string;
  readonly #signal: AbortSignal | undefined;
  #at: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(client: HttpClient, uri: string, seek: number, { signal }: OperationOptions) {
    this.#client = client;
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
    });
  }

  async commit(): Promise<undefined> {
    await this.#flush();
  }

  abort(): Promise<void> {
    this.stream.destroy();
    return Promise.resolve();
  }

  async #flush(): Promise<void> {
    if (this.#length === 0) return;
    const body = Buffer.concat(this.#parts, this.#length);
    this.#parts = [];
    this.#length = 0;
    await discard(await this.#client.request('PUT', this.#uri, { body, signal: this.#signal, workload: body.length, headers: rangeHeaders(this.#at, body.length) }));
    this.#at += body.length;
  }
}

export function rangeHeaders(start: number, length: number): Readonly<Record<string, string>> {
  return { 'content-type': 'application/octet-stream', 'content-length': String(length), 'content-range': `bytes ${start}-${start + length - 1}/*` };
}
