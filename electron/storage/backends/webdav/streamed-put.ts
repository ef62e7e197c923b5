import { PassThrough } from 'node:stream';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type Answer, discard, isSuccess } from '../../http/http-client.ts';
import type { OperationOptions } from '../../operation-options.ts';
import type { DavClient } from './dav-client.ts';

/** Bytes that wait for the network. */
const AHEAD = 1024 * 1024;

export interface StreamedPutOptions extends OperationOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** bytes of the body; absent: it ends when it ends */
  readonly size?: number | undefined;
}

/** One PUT whose body is given piece by piece. It can be sent only once, so it begins with a question where the server may ask for a new sign-in. */
export class StreamedPut {
  readonly #dav: DavClient;
  readonly #uri: string;
  readonly #body = new PassThrough({ highWaterMark: AHEAD });
  readonly #cut = new AbortController();
  readonly #answer: Promise<Answer>;
  /** what it failed with, once that is known */
  readonly #failed: Promise<StorageError>;
  #ended = false;

  private constructor(dav: DavClient, uri: string, { headers, size, signal }: StreamedPutOptions) {
    this.#dav = dav;
    this.#uri = uri;
    const { http } = dav;
    this.#answer = http.send('PUT', uri, {
      body: this.#body,
      signal: signal === undefined ? this.#cut.signal : AbortSignal.any([signal, this.#cut.signal]),
      workload: size,
      headers: { 'content-type': 'application/octet-stream', ...(size !== undefined && { 'content-length': String(size) }), ...headers },
    });
    this.#failed = new Promise((resolve) => {
      this.#answer.then((answer) => (isSuccess(answer) && this.#ended ? undefined : void this.#refused(answer).then(resolve)), resolve);
    });
    void this.#failed.then(() => this.#body.destroy());
    this.#body.on('error', () => undefined);
  }

  static async begin(dav: DavClient, uri: string, options: StreamedPutOptions): Promise<StreamedPut> {
    await dav.renewSignIn(uri, options);
    return new StreamedPut(dav, uri, options);
  }

  /** Resolves when the server may have more. @throws StorageError with the server's reason, or unavailable when it takes nothing for too long */
  async write(piece: Uint8Array): Promise<void> {
    if (this.#body.destroyed) throw await this.#failed;
    if (this.#body.write(piece)) return;
    const { silence } = this.#dav.http;
    let timer: NodeJS.Timeout | undefined;
    let drained: (() => void) | undefined;
    const outcome = await Promise.race([
      new Promise<null>((resolve) => {
        drained = () => resolve(null);
        this.#body.once('drain', drained);
      }),
      this.#failed,
      new Promise<StorageError>((resolve) => {
        timer = setTimeout(() => resolve(new StorageError('unavailable', `The server took no bytes of ${this.#uri} for ${silence / 1000} s.`, { context: { uri: this.#uri } })), silence);
      }),
    ]);
    clearTimeout(timer);
    if (drained !== undefined) this.#body.off('drain', drained);
    if (outcome === null) return;
    this.#cut.abort();
    throw outcome;
  }

  /** Ends the body and waits for the answer. */
  async finish(): Promise<void> {
    this.#ended = true;
    if (this.#body.destroyed) throw await this.#failed;
    this.#body.end();
    const answer = await this.#answer;
    if (!isSuccess(answer)) throw await this.#failed;
    await discard(answer);
  }

  /** Cuts the connection, unless all is over. */
  async cut(): Promise<void> {
    this.#cut.abort();
    this.#body.destroy();
    await this.#answer.then(discard).catch(() => undefined);
  }

  async #refused(answer: Answer): Promise<StorageError> {
    if (isSuccess(answer)) {
      answer.body.destroy();
      return new StorageError('unavailable', `The server answered ${answer.status} to PUT ${this.#uri} before it had all bytes.`, { context: { uri: this.#uri } });
    }
    const again = this.#dav.learnSignIn(answer);
    const error = await this.#dav.http.refusalOf('PUT', answer);
    // The question before was let pass, so it is only that the sign-in came to its end meanwhile; the next try has a new one.
    return again ? new StorageError('unavailable', `The server wanted a new sign-in for ${this.#uri} in the middle of the upload.`, { cause: error, context: { ...error.context } }) : error;
  }
}
