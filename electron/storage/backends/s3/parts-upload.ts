import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { Resumption } from '../../../../shared/storage/evidence.ts';
import { giveBack } from '../../../integrity/lent-pieces.ts';
import { ByteBudget } from '../../byte-budget.ts';
import type { SaveStreamOptions } from '../../storage-backend.ts';
import { startOver, type WriteHandle } from '../../write-handle.ts';
import { BEGUN } from './begun-uploads.ts';
import { completeParts } from './complete-parts.ts';
import type { Target } from './context.ts';
import type { ListedPart } from './listed-parts.ts';
import { HeldPart, type HeldPartMemory, KnownPart, type OpenPart, StreamedPart } from './open-part.ts';
import { MAX_HELD, MAX_PARTS } from './part-size.ts';
import type { PartsState } from './parts-state.ts';
import type { S3Published } from './published.ts';
import { removeUpload } from './remove-upload.ts';

/** Bodies of parts of one file that are on their way at once. While their answers are waited for, the next ones go. A cut costs so many parts at most. */
const SENDERS = 2;
/** Bytes of one file that are held in memory at once: parts on their way and the one that is being read. */
const WINDOW = 32 * 1024 * 1024;
/** How long parts that are on their way may take to arrive when the rest is to be kept for later, in milliseconds. */
const LAST_PARTS = 2000;

/** Sends a file in parts, several on their way at once, and skips those that an earlier save left and that are the same. */
export class PartsUpload {
  readonly target: Target;
  readonly state: PartsState;
  readonly #options: SaveStreamOptions;
  readonly #listed: ReadonlyMap<number, ListedPart>;
  readonly #cut = new AbortController();
  readonly #senders = new ByteBudget(SENDERS);
  readonly #window = new ByteBudget(WINDOW);
  readonly #onTheWay = new Set<Promise<void>>();
  /** told when a part on its way failed, as nobody may be writing then */
  onFailure: (error: Error) => void = () => undefined;
  #failure: Error | null = null;
  /** memory that is taken but not used */
  #spare: { readonly bytes: Buffer; giveBack(): void } | null = null;
  #part: OpenPart | null = null;
  #number = 0;
  #offset = 0;

  constructor(target: Target, state: PartsState, listed: ReadonlyMap<number, ListedPart>, options: SaveStreamOptions) {
    this.target = target;
    this.state = state;
    this.#listed = listed;
    this.#options = options;
    BEGUN.set(target.context.session, state.token.uploadId, 'active');
  }

  async write(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    let copied = true;
    while (rest.length > 0) {
      if (this.#failure !== null) throw this.#failure;
      const part = (this.#part ??= await this.#open());
      const piece = rest.subarray(0, part.room);
      await part.write(piece);
      copied &&= part.copies;
      this.#offset += piece.length;
      rest = rest.subarray(piece.length);
      if (part.room > 0) continue;
      this.#end(part);
      // Made here and not with the next bytes, so that no more are asked for than can be held.
      this.#part = this.#offset < (this.state.size ?? Infinity) ? await this.#open() : null;
    }
    if (copied) giveBack(chunk);
  }

  /** All bytes were written: waits until every part has arrived. @throws what a part failed with */
  async finish(): Promise<void> {
    const part = this.#part;
    this.#part = null;
    if (part !== null && part.length > 0) this.#end(part);
    else part?.drop();
    await Promise.all(this.#onTheWay);
    this.#freeSpare();
    if (this.#failure !== null) throw this.#failure;
  }

  /** Where it went on; null when it sent all parts itself. */
  resumed(at: string): Resumption | null {
    const there = [...this.state.done.values()].filter(({ sent }) => !sent);
    const offset = there.reduce((sum, { size }) => sum + size, 0);
    return offset === 0 ? null : { offset, proof: 'part digests', algorithm: this.state.checksum, at };
  }

  async complete(written: Parameters<WriteHandle['commit']>[0]): Promise<S3Published> {
    if (this.#offset !== written.size) throw new StorageError('size_mismatch', `${this.#offset} bytes of ${this.target.uri} were sent, but ${written.size} were read.`, { context: { expected: written.size, found: this.#offset } });
    const published = await completeParts(this.target, this.state, written, this.#options);
    BEGUN.remove(this.target.context.session, this.state.token.uploadId);
    return published;
  }

  /** Ends what is under way and leaves the parts that have arrived. */
  async keep(): Promise<void> {
    this.#part?.drop();
    this.#part = null;
    await Promise.race([Promise.allSettled(this.#onTheWay), sleep(LAST_PARTS)]);
    this.#cut.abort();
    await Promise.allSettled(this.#onTheWay);
    this.#freeSpare();
    BEGUN.set(this.target.context.session, this.state.token.uploadId, 'kept');
  }

  /** Removes all parts, or the object when they were put together by this upload. Never fails. */
  async abort(): Promise<void> {
    this.#part?.drop();
    this.#part = null;
    this.#cut.abort();
    await Promise.allSettled(this.#onTheWay);
    this.#freeSpare();
    await removeUpload(this.target, this.state.token, { evenCompleted: true }).catch(() => undefined);
  }

  async #open(): Promise<OpenPart> {
    this.#number += 1;
    const number = this.#number;
    const { token, size, adopted } = this.state;
    if (number > MAX_PARTS) throw new StorageError('size_limit_exceeded', `${this.target.uri} needs more than ${MAX_PARTS.toLocaleString('en-US')} parts of ${token.partSize.toLocaleString('en-US')} bytes: its size was not known before. Set a larger part size in the location.`, { context: { uri: this.target.uri } });
    const length = size === undefined ? token.partSize : Math.min(token.partSize, size - this.#offset);
    const about = { target: this.target, uploadId: token.uploadId, number, length, algorithm: this.state.checksum, signal: this.#cut.signal };
    const listed = this.#listed.get(number);
    if (adopted !== null) return KnownPart.of(about);
    if (length > MAX_HELD) return listed?.size === length ? KnownPart.of(about) : StreamedPart.of(about);
    return HeldPart.of(about, this.#senders, await this.#memoryFor(length));
  }

  /** Fresh memory costs as much time as all else that is done with a part, so that of one part that has arrived is kept for the next; unless others wait for it. */
  async #memoryFor(length: number): Promise<HeldPartMemory> {
    const { memory } = this.target.context;
    const leave = await this.#window.take(length, this.#cut.signal);
    const spare = this.#spare;
    this.#spare = null;
    const { bytes, giveBack } = spare ?? { giveBack: await memory.take(length, this.#cut.signal), bytes: Buffer.allocUnsafeSlow(length) };
    return {
      bytes,
      free: (reusable) => {
        if (reusable && this.#spare === null && !memory.wanted) this.#spare = { bytes, giveBack };
        else giveBack();
        leave();
      },
    };
  }

  #freeSpare(): void {
    this.#spare?.giveBack();
    this.#spare = null;
  }

  /** Hands a part over; it is waited for by `finish`. */
  #end(part: OpenPart): void {
    const number = this.#number;
    const ending = this.#settle(part, number, this.#listed.get(number)).catch((error: unknown) => {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
      this.onFailure(this.#failure);
    });
    this.#onTheWay.add(ending);
    void ending.then(() => this.#onTheWay.delete(ending));
  }

  async #settle(part: OpenPart, number: number, listed: ListedPart | undefined): Promise<void> {
    const digest = part.digest();
    if (this.state.adopted !== null) {
      part.drop();
      this.state.done.set(number, { etag: '', size: part.length, digest, sent: false });
    } else if (listed?.size === part.length && listed.digest === digest) {
      part.drop();
      this.state.done.set(number, { etag: listed.etag, size: part.length, digest, sent: false });
    } else if (part instanceof KnownPart) {
      throw startOver(`Part ${number} of ${this.target.uri} that an earlier try left is ${listed?.digest ?? 'not known by digest'}, but the source has ${digest} there: it begins anew.`);
    } else {
      const etag = await part.send();
      this.state.done.set(number, { etag, size: part.length, digest, sent: true });
    }
  }
}
