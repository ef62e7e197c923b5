import { MARK_DIGITS, type ResumeToken } from './resume-token.ts';
import type { SentDigest } from './sent-digest.ts';
import { startOver } from '../../write-handle.ts';

/** The bytes that the server has already: the source must begin as what was sent, which is looked at while it passes. */
export class KnownBeginning {
  readonly #token: ResumeToken;
  readonly #offset: number;
  readonly #digest: SentDigest;

  constructor(token: ResumeToken, offset: number, digest: SentDigest) {
    this.#token = token;
    this.#offset = offset;
    this.#digest = digest;
  }

  /** all of it has passed and is the same */
  get passed(): boolean {
    return this.#digest.at >= this.#offset;
  }

  /** @returns what comes after it @throws as {@link startOver} when the source begins with other bytes */
  take(chunk: Uint8Array): Uint8Array {
    const known = chunk.subarray(0, this.#offset - this.#digest.at);
    const { at, sha256, marks, url } = this.#token;
    const expected = new Map([[at, sha256], ...marks.map((mark) => [mark.at, mark.sha256] as const)]);
    for (const found of this.#digest.update(known, [...expected.keys()])) {
      const wanted = expected.get(found.at) ?? '';
      if (found.sha256.slice(0, wanted.length === MARK_DIGITS ? MARK_DIGITS : undefined) !== wanted) throw startOver(`The first ${found.at} bytes of the source are others than those that were sent to ${url}: the upload begins anew.`);
    }
    return chunk.subarray(known.length);
  }
}
