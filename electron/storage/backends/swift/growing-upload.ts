import { Writable } from 'node:stream';
import type { Resumption } from '../../../../shared/storage/evidence.ts';
import type { SaveStreamOptions } from '../../storage-backend.ts';
import type { Published, WriteHandle } from '../../write-handle.ts';
import type { SwiftContext } from './context.ts';
import type { HeldPart } from './held-part.ts';
import { SegmentedUpload } from './segmented-upload.ts';
import { SingleUpload } from './single-upload.ts';
import { beginUpload } from './upload-in-progress.ts';

/** A file of unknown size: one object while it is small, segments from the moment on when it is not. */
export class GrowingUpload implements WriteHandle {
  readonly stream: Writable;
  readonly #context: SwiftContext;
  readonly #name: string;
  readonly #options: SaveStreamOptions;
  readonly #room: number;
  readonly #first: Uint8Array[] = [];
  #inner: WriteHandle;
  #held = 0;
  #large = false;

  constructor(context: SwiftContext, name: string, options: SaveStreamOptions, part: HeldPart) {
    this.#context = context;
    this.#name = name;
    this.#options = options;
    this.#room = part.capacity;
    this.#inner = new SingleUpload(context, name, options, part);
    this.stream = new Writable({
      highWaterMark: 1024 * 1024,
      write: (chunk: Uint8Array, _encoding, done) => {
        this.#take(chunk).then(() => done(), done);
      },
      final: (done) => {
        this.#finish().then(() => done(), done);
      },
    });
    this.stream.on('error', () => undefined);
  }

  resumed(): Resumption | null {
    return this.#inner.resumed?.() ?? null;
  }

  commit(written: Parameters<WriteHandle['commit']>[0]): Promise<Published | undefined> {
    return this.#inner.commit(written);
  }

  async keep(): Promise<void> {
    this.stream.destroy();
    await (this.#inner.keep === undefined ? this.#inner.abort() : this.#inner.keep());
  }

  async abort(): Promise<void> {
    this.stream.destroy();
    await this.#inner.abort();
  }

  async #take(chunk: Uint8Array): Promise<void> {
    if (this.#large) return give(this.#inner.stream, chunk);
    if (this.#held + chunk.length <= this.#room) {
      this.#held += chunk.length;
      this.#first.push(chunk);
      return;
    }
    await this.#inner.abort();
    this.#inner = new SegmentedUpload(this.#context, this.#name, this.#options, await beginUpload(this.#context, this.#name, this.#options));
    this.#inner.stream.on('error', (error) => this.stream.destroy(error));
    this.#large = true;
    for (const piece of [...this.#first.splice(0), chunk]) await give(this.#inner.stream, piece);
  }

  async #finish(): Promise<void> {
    for (const piece of this.#first.splice(0)) await give(this.#inner.stream, piece);
    await new Promise<void>((resolve, reject) => {
      this.#inner.stream.once('error', reject);
      this.#inner.stream.end(resolve);
    });
  }
}

function give(stream: Writable, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(piece, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
