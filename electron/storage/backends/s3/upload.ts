import { Writable } from 'node:stream';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { Resumption } from '../../../../shared/storage/evidence.ts';
import type { SaveStreamOptions } from '../../storage-backend.ts';
import type { WriteHandle } from '../../write-handle.ts';
import { anyOf, type Target } from './context.ts';
import { openUpload } from './open-upload.ts';
import { choosePartSize, MAX_HELD } from './part-size.ts';
import type { PartsUpload } from './parts-upload.ts';
import type { S3Published } from './published.ts';
import { putWhole } from './put-whole.ts';
import { requireAbsent } from './require-absent.ts';

/**
 * A file on its way: held in memory and sent whole by `commit` while it is small, in parts from a certain size on. Nothing is seen under the
 * name before the commit, and then the whole.
 */
export class Upload implements WriteHandle {
  readonly stream: Writable;
  readonly #target: Target;
  readonly #options: SaveStreamOptions;
  readonly #partSize: number;
  readonly #cut = new AbortController();
  #parts: PartsUpload | null;
  #held: Held | null = null;
  #endedAt = '';

  private constructor(target: Target, options: SaveStreamOptions, partSize: number, parts: PartsUpload | null) {
    this.#target = target;
    this.#options = options;
    this.#partSize = partSize;
    this.#parts = parts;
    this.stream = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        this.#take(chunk).then(() => done(), done);
      },
      final: (done) => {
        this.#finish().then(() => done(), done);
      },
    });
    // A failure between the last write and the commit has no other listener; the commit reports it.
    this.stream.on('error', () => undefined);
    if (parts !== null) this.#watch(parts);
  }

  /** @throws StorageError already_exists when the name is taken and must not be */
  static async open(target: Target, options: SaveStreamOptions): Promise<Upload> {
    const { findings, settings } = target.context;
    if (!options.overwrite && !findings.noOverwrite) await requireAbsent(target, options.signal);
    const partSize = choosePartSize(options.size, settings.partSize);
    const whole = options.size === undefined || options.size <= Math.min(partSize, MAX_HELD) || findings.parts === null;
    return new Upload(target, options, partSize, whole ? null : await openUpload(target, partSize, options));
  }

  resumed(): Resumption | null {
    return this.#parts?.resumed(this.#endedAt) ?? null;
  }

  async commit(written: Parameters<WriteHandle['commit']>[0]): Promise<S3Published> {
    if (this.stream.errored !== null) throw this.stream.errored;
    if (this.#parts !== null) return this.#parts.complete(written);
    const bytes = this.#held?.bytes() ?? Buffer.alloc(0);
    if (bytes.length !== written.size) throw new StorageError('size_mismatch', `${bytes.length} bytes of ${this.#target.uri} came to be sent, but ${written.size} were read.`, { context: { expected: written.size, found: bytes.length } });
    try {
      return await putWhole(this.#target, bytes, written, { overwrite: this.#options.overwrite, signal: anyOf(this.#cut.signal, this.#options) });
    } finally {
      this.#held?.giveBack();
    }
  }

  async keep(): Promise<void> {
    this.stream.destroy();
    this.#cut.abort();
    this.#held?.giveBack();
    await this.#parts?.keep();
  }

  async abort(): Promise<void> {
    this.stream.destroy();
    this.#cut.abort();
    this.#held?.giveBack();
    await this.#parts?.abort();
  }

  async #take(chunk: Uint8Array): Promise<void> {
    if (this.#parts === null) {
      this.#held ??= await this.#hold();
      if (this.#held.takes(chunk)) return;
      await this.#goOnInParts(this.#held);
    }
    await this.#parts?.write(chunk);
  }

  async #finish(): Promise<void> {
    await this.#parts?.finish();
    this.#endedAt = new Date().toISOString();
  }

  async #hold(): Promise<Held> {
    const { size } = this.#options;
    const room = size === undefined ? Math.min(this.#partSize, MAX_HELD) : Math.min(size, MAX_HELD);
    return new Held(room, await this.#target.context.memory.take(room, anyOf(this.#cut.signal, this.#options)));
  }

  /** A source of unknown size turned out to be large. */
  async #goOnInParts(held: Held): Promise<void> {
    const { findings } = this.#target.context;
    if (findings.parts === null) throw new StorageError('size_limit_exceeded', `This server takes no uploads in parts, so ${this.#target.uri} cannot have more than ${MAX_HELD.toLocaleString('en-US')} bytes.`, { context: { uri: this.#target.uri, limit: MAX_HELD } });
    this.#parts = await openUpload(this.#target, this.#partSize, this.#options);
    this.#watch(this.#parts);
    const bytes = held.bytes();
    held.giveBack();
    await this.#parts.write(bytes);
  }

  #watch(parts: PartsUpload): void {
    parts.onFailure = (error) => this.stream.destroy(error);
  }
}

/** The bytes of a file that is small, or not known to be large yet. */
class Held {
  readonly giveBack: () => void;
  readonly #buffer: Buffer;
  #length = 0;

  constructor(room: number, giveBack: () => void) {
    this.#buffer = Buffer.allocUnsafeSlow(room);
    this.giveBack = giveBack;
  }

  /** @returns false, having taken nothing, when there is no room for it */
  takes(chunk: Uint8Array): boolean {
    if (this.#length + chunk.length > this.#buffer.length) return false;
    this.#buffer.set(chunk, this.#length);
    this.#length += chunk.length;
    return true;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}
