import { createHash } from 'node:crypto';

/** sha256 of a file from its first byte on, which can be told at any place on the way. */
export class SentDigest {
  readonly #hash = createHash('sha256');
  #at = 0;

  /** bytes so far */
  get at(): number {
    return this.#at;
  }

  /** Of everything so far, in hexadecimal digits. */
  value(): string {
    return this.#hash.copy().digest('hex');
  }

  /** @param places in rising order @returns the digests up to those of them that lie within the chunk or at its end */
  update(chunk: Uint8Array, places: readonly number[]): readonly { readonly at: number; readonly sha256: string }[] {
    const found: { readonly at: number; readonly sha256: string }[] = [];
    const end = this.#at + chunk.length;
    let done = 0;
    const upTo = (place: number): void => {
      const next = done + place - this.#at;
      this.#hash.update(chunk.subarray(done, next));
      done = next;
      this.#at = place;
    };
    for (const place of places) {
      if (place <= this.#at || place > end) continue;
      upTo(place);
      found.push({ at: place, sha256: this.value() });
    }
    upTo(end);
    return found;
  }
}
