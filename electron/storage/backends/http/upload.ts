import { PassThrough, Writable } from 'node:stream';
import type { Checksums } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { SaveStreamOptions } from '../../storage-backend.ts';
import type { Published, WriteHandle } from '../../write-handle.ts';
import { type Answer, discard, headerOf, type HttpClient, isSuccess } from '../../http/http-client.ts';
import { isFree, removeTornCopy, SentTail } from './torn-copy.ts';
import { resolveSameOrigin } from '../../http/uri.ts';

/** Whether the server holds exactly these bytes, by a digest that it computed. */
export type Confirm = (written: { readonly size: number; readonly checksums: Checksums }) => Promise<boolean>;

type Written = Parameters<WriteHandle['commit']>[0];

/**
 * One PUT. The last piece is held back until `commit`, so a server that stores whole requests only has nothing to show before it;
 * `abort` cuts the connection, and removes what a server made of it. A file of one piece is sent by `commit` alone.
 */
export class Upload implements WriteHandle {
  readonly stream: Writable;
  readonly #client: HttpClient;
  readonly #uri: string;
  readonly #options: SaveStreamOptions;
  readonly #confirm: Confirm;
  readonly #cut = new AbortController();
  readonly #signal: AbortSignal;
  #held: Uint8Array | null = null;
  #body: PassThrough | null = null;
  #answer: Promise<Answer> | null = null;
  /** set when the server answered before the commit: it refused, or it broke the protocol */
  #early: Promise<StorageError> | null = null;
  #committing = false;
  /** nothing lay under the name before; asked only for uploads of several pieces, which can be cut */
  #free: boolean | null = null;
  readonly #sent = new SentTail();

  constructor(client: HttpClient, uri: string, options: SaveStreamOptions, confirm: Confirm) {
    this.#client = client;
    this.#uri = uri;
    this.#options = options;
    this.#confirm = confirm;
    this.#signal = options.signal === undefined ? this.#cut.signal : AbortSignal.any([options.signal, this.#cut.signal]);
    this.stream = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        const previous = this.#held;
        this.#held = chunk;
        if (previous === null) done();
        else this.#pushFirst(previous).then(() => done(), done);
      },
    });
    // A failure between the last write and the commit has no other listener; the commit reports it from the answer.
    this.stream.on('error', () => undefined);
  }

  async commit(written: Written): Promise<Published | undefined> {
    this.#committing = true;
    try {
      return await this.#finish(written);
    } catch (error) {
      // The answer may be lost though the file is stored: then a retry would find its own file in the way.
      const lost = error instanceof StorageError && error.code === 'unavailable' && error.context['status'] === undefined;
      if (lost && (await this.#confirm(written).catch(() => false))) return undefined;
      throw error;
    }
  }

  async abort(): Promise<void> {
    this.#committing = true;
    this.#cut.abort();
    this.stream.destroy();
    this.#body?.destroy();
    const answered = await this.#answer?.then(discard).then(() => true, () => false);
    if (answered === false && this.#free === true) await removeTornCopy(this.#client, this.#uri, this.#sent, this.#options.size);
  }

  async #pushFirst(chunk: Uint8Array): Promise<void> {
    this.#free ??= await isFree(this.#client, this.#uri, { signal: this.#signal });
    await this.#push(chunk);
  }

  async #finish(written: Written): Promise<Published | undefined> {
    const last = this.#held ?? Buffer.alloc(0);
    if (this.#body === null) this.#answer = this.#send(last, written.size);
    else {
      if (this.stream.errored !== null) throw this.stream.errored;
      await this.#push(last);
      this.#body.end();
    }
    const answer = await this.#answer;
    if (this.#early !== null) throw await this.#early;
    if (answer === null) throw new StorageError('unexpected', `The upload of ${this.#uri} was not begun.`);
    if (!isSuccess(answer)) throw await this.#client.refusalOf('PUT', answer);
    await discard(answer);
    const moved = headerOf(answer, 'location');
    return moved === null ? undefined : { uri: resolveSameOrigin(moved, this.#uri) };
  }

  #begin(): PassThrough {
    const body = new PassThrough({ highWaterMark: 1024 * 1024 });
    this.#body = body;
    this.#answer = this.#send(body, this.#options.size);
    this.#answer.then(
      (answer) => {
        if (this.#committing) return;
        this.#early = this.#refusedEarly(answer);
        void this.#early.then((error) => this.stream.destroy(error));
      },
      (error: StorageError) => this.stream.destroy(error),
    );
    return body;
  }

  #send(body: PassThrough | Uint8Array, size: number | undefined): Promise<Answer> {
    return this.#client.send('PUT', this.#uri, {
      body,
      signal: this.#signal,
      workload: size,
      headers: {
        'content-type': 'application/octet-stream',
        ...(size !== undefined && { 'content-length': String(size) }),
        ...(!this.#options.overwrite && { 'if-none-match': '*' }),
      },
    });
  }

  async #refusedEarly(answer: Answer): Promise<StorageError> {
    if (!isSuccess(answer)) return this.#client.refusalOf('PUT', answer);
    answer.body.destroy();
    return new StorageError('unavailable', `The server answered ${answer.status} to PUT ${this.#uri} before it had all bytes.`, { context: { uri: this.#uri } });
  }

  /** Resolves when the server took enough of it; a server that takes nothing for too long is given up. */
  #push(chunk: Uint8Array): Promise<void> {
    const body = this.#body ?? this.#begin();
    this.#sent.add(chunk);
    const { silence } = this.#client;
    return new Promise((resolve, reject) => {
      const settle = (error?: StorageError) => {
        clearTimeout(timer);
        body.off('drain', settle).off('close', closed);
        if (error === undefined) resolve();
        else reject(error);
      };
      const closed = () => {
        // What it was closed for comes with the answer.
        this.#answer?.then(
          async () => settle((await this.#early) ?? undefined),
          (error: StorageError) => settle(error),
        );
      };
      const timer = setTimeout(() => {
        settle(new StorageError('unavailable', `The server took no bytes of ${this.#uri} for ${silence / 1000} s.`, { context: { uri: this.#uri } }));
        this.#cut.abort();
      }, silence);
      if (body.destroyed) closed();
      else if (body.write(chunk)) settle();
      else body.once('drain', settle).once('close', closed);
    });
  }
}
