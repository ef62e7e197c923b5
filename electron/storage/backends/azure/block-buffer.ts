import { type Checksum, checksumHex } from '../../../../shared/storage/checksum.ts';
import { type Hasher, createHasher } from '../../../integrity/hash.ts';

/** One block while it fills, hashed on the way. */
export class BlockBuffer {
  readonly release: () => void;
  readonly #bytes: Buffer;
  readonly #hasher: Hasher;
  #length = 0;
  #checksum: Checksum | null = null;

  private constructor(capacity: number, hasher: Hasher, release: () => void) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
    this.#hasher = hasher;
    this.release = release;
  }

  /** @param release gives the memory back that was taken for it */
  static async create(capacity: number, release: () => void): Promise<BlockBuffer> {
    return new BlockBuffer(capacity, await createHasher('md5'), release);
  }

  get full(): boolean {
    return this.#length === this.#bytes.length;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** @returns what does not fit */
  add(chunk: Uint8Array): Uint8Array {
    const part = chunk.subarray(0, this.#bytes.length - this.#length);
    this.#bytes.set(part, this.#length);
    this.#hasher.update(part);
    this.#length += part.length;
    return chunk.subarray(part.length);
  }

  /** Of all bytes; nothing can be added afterwards. */
  checksum(): Checksum {
    this.#checksum ??= this.#hasher.digest();
    return this.#checksum;
  }

  md5(): string {
    return checksumHex(this.checksum());
  }
}
