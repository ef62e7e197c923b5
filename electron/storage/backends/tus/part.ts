import type { HashName } from '../../../../shared/storage/checksum.ts';
import { type Hasher, createHasher } from '../../../integrity/hash.ts';
import type { Mark } from './resume-token.ts';
import { MARK_DIGITS } from './resume-token.ts';
import type { SentDigest } from './sent-digest.ts';

/** Marks of one part at most. */
const MOST_MARKS = 128;
const CLOSEST = 64 * 1024;

/** The bytes of one request while they are collected, hashed on the way. */
export class Part {
  /** place of its first byte in the file */
  readonly start: number;
  /** sha256 of everything before it */
  readonly before: string;
  readonly release: () => void;
  readonly #bytes: Buffer;
  readonly #digest: SentDigest;
  readonly #step: number;
  readonly #hasher: Hasher | null;
  readonly #marks: Mark[] = [];
  #length = 0;

  private constructor(capacity: number, digest: SentDigest, hasher: Hasher | null, release: () => void) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
    this.#digest = digest;
    this.#step = Math.max(CLOSEST, Math.ceil(capacity / MOST_MARKS));
    this.#hasher = hasher;
    this.start = digest.at;
    this.before = digest.value();
    this.release = release;
  }

  /** @param algorithm null: the server compares none @param release gives the memory back that was taken for it */
  static async create(capacity: number, digest: SentDigest, algorithm: HashName | null, release: () => void): Promise<Part> {
    return new Part(capacity, digest, algorithm === null ? null : await createHasher(algorithm), release);
  }

  get full(): boolean {
    return this.#length === this.#bytes.length;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** place after its last byte */
  get end(): number {
    return this.start + this.#length;
  }

  /** By which a later save knows the source again, wherever in this part the server stopped. */
  get marks(): readonly Mark[] {
    const last = this.#marks.at(-1);
    return last?.at === this.end || this.#length === 0 ? this.#marks : [...this.#marks, { at: this.end, sha256: this.#digest.value().slice(0, MARK_DIGITS) }];
  }

  /** @returns what does not fit */
  add(chunk: Uint8Array): Uint8Array {
    const piece = chunk.subarray(0, this.#bytes.length - this.#length);
    this.#bytes.set(piece, this.#length);
    this.#hasher?.update(piece);
    const places: number[] = [];
    for (let at = this.start + (Math.floor(this.#length / this.#step) + 1) * this.#step; at <= this.end + piece.length; at += this.#step) places.push(at);
    for (const { at, sha256 } of this.#digest.update(piece, places)) this.#marks.push({ at, sha256: sha256.slice(0, MARK_DIGITS) });
    this.#length += piece.length;
    return chunk.subarray(piece.length);
  }

  /** Of all its bytes; may be called once, and nothing can be added afterwards. */
  checksum(): ReturnType<Hasher['digest']> | null {
    return this.#hasher?.digest() ?? null;
  }
}
