import { Writable } from 'node:stream';
import { type Checksum, type HashName, checksumAlgorithm } from '../../shared/storage/checksum.ts';
import type { Resumption } from '../../shared/storage/evidence.ts';
import { MultiHash } from '../integrity/hash.ts';
import { startOver } from './write-handle.ts';

export interface PrefixGateOptions {
  /** bytes that are there already; 0: all bytes go to the sink */
  readonly offset: number;
  readonly algorithm: HashName;
  /** of the first `offset` bytes that are there, as the storage or a read-back says; begun at once, awaited when the source has given as many */
  readonly digest: () => Promise<Checksum | null>;
  readonly proof: Resumption['proof'];
  /** takes the bytes from `offset` on */
  readonly sink: Writable;
}

/**
 * The stream of a save that goes on after an interruption: takes all bytes of the source from the first on, hashes those that are
 * there already, compares, and only then lets the others through to the sink.
 * It fails with {@link startOver} when what is there is not the beginning of the source, or is longer.
 */
export class PrefixGate extends Writable {
  readonly #options: PrefixGateOptions;
  readonly #prefix: Promise<MultiHash>;
  readonly #expected: Promise<Checksum | null>;
  #seen = 0;
  #resumption: Resumption | null = null;

  constructor(options: PrefixGateOptions) {
    super({ highWaterMark: options.sink.writableHighWaterMark });
    this.#options = options;
    this.#prefix = MultiHash.create([options.algorithm]);
    this.#expected = options.offset === 0 ? Promise.resolve(null) : options.digest();
    this.#expected.catch(() => undefined);
    options.sink.on('error', (error) => this.destroy(error));
    // A sink that ends early would leave the source waiting for ever.
    options.sink.on('close', () => {
      if (!options.sink.writableFinished) this.destroy();
    });
  }

  /** Null until the bytes that were there are proven. */
  get resumption(): Resumption | null {
    return this.#resumption;
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#take(chunk).then(() => done(), (error: unknown) => done(error as Error));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#finish().then(() => done(), (error: unknown) => done(error as Error));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#options.sink.writableFinished) this.#options.sink.destroy();
    done(error);
  }

  async #take(chunk: Uint8Array): Promise<void> {
    const { offset, sink } = this.#options;
    const known = Math.min(chunk.length, offset - this.#seen);
    if (known > 0) {
      (await this.#prefix).update(chunk.subarray(0, known));
      this.#seen += known;
      if (this.#seen === offset) await this.#compare();
    }
    const rest = known > 0 ? chunk.subarray(known) : chunk;
    if (rest.length === 0) return;
    this.#seen += rest.length;
    if (!sink.write(rest)) await drained(sink);
  }

  async #finish(): Promise<void> {
    const { offset, sink } = this.#options;
    if (this.#seen < offset) throw startOver(`An earlier try left ${offset} bytes, but the source has only ${this.#seen}: it begins anew.`);
    await new Promise<void>((resolve, reject) => {
      sink.once('error', reject);
      sink.end(resolve);
    });
  }

  async #compare(): Promise<void> {
    const { offset, algorithm, proof } = this.#options;
    const ours = (await this.#prefix).digests()[algorithm];
    const theirs = await this.#expected;
    if (theirs === null || ours !== theirs || checksumAlgorithm(theirs) !== algorithm) {
      throw startOver(`The ${offset} bytes that an earlier try left are ${theirs ?? 'not known by digest'}, but the source begins with ${ours ?? 'other bytes'}: it begins anew.`);
    }
    this.#resumption = { offset, proof, algorithm, at: new Date().toISOString() };
  }
}

function drained(sink: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      sink.off('drain', settle).off('close', settle);
      if (sink.destroyed) reject(sink.errored ?? new Error('the sink was closed'));
      else resolve();
    };
    sink.on('drain', settle).on('close', settle);
  });
}
