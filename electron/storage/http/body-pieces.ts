import { DecoratorHandler, type Dispatcher } from 'undici';
import { PIECE, lend, takePiece } from '../../integrity/lent-pieces.ts';
import type { LentReads } from '../network/lent-reads.ts';

/** Bodies from so many bytes on; of smaller ones there are too few pieces to matter. */
const WORTH_IT = 64 * 1024;

/** Stands before undici's own handler of a request, which would keep every read of a long body as it comes: collects them in fewer and larger pieces. */
export class BodyPieces implements Dispatcher.DispatchHandler {
  readonly #next: Dispatcher.DispatchHandler;
  readonly #reads: LentReads;
  #collects = false;
  #piece: Buffer | null = null;
  #length = 0;
  #flush: NodeJS.Immediate | null = null;

  constructor(handler: Dispatcher.DispatchHandler, reads: LentReads) {
    this.#next = new DecoratorHandler(handler);
    this.#reads = reads;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#next.onRequestStart?.(controller, context);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Readonly<Record<string, string | string[] | undefined>>, message?: string): void {
    // Without a length there may be trailers, and undici keeps headers as they were read until it has all of them.
    this.#collects = status >= 200 && Number(headers['content-length']) >= WORTH_IT && headers['transfer-encoding'] === undefined;
    this.#next.onResponseStart?.(controller, status, headers, message);
    this.#reads.lends = this.#collects;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#collects) return this.#next.onResponseData?.(controller, chunk);
    for (let rest = chunk; rest.length > 0; ) {
      this.#piece ??= takePiece();
      const taken = rest.copy(this.#piece, this.#length);
      this.#length += taken;
      rest = rest.subarray(taken);
      if (this.#length === PIECE) this.#send(controller);
    }
    // Nobody waits for the rest of a piece that comes slowly.
    if (this.#length > 0) this.#flush ??= setImmediate(() => this.#send(controller));
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: Readonly<Record<string, string | string[] | undefined>>): void {
    this.#reads.lends = false;
    this.#send(controller);
    this.#next.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.#reads.lends = false;
    this.#send(controller);
    this.#next.onResponseError?.(controller, error);
  }

  #send(controller: Dispatcher.DispatchController): void {
    if (this.#flush !== null) clearImmediate(this.#flush);
    this.#flush = null;
    const [piece, length] = [this.#piece, this.#length];
    this.#piece = null;
    this.#length = 0;
    if (piece === null || controller.aborted) return;
    this.#next.onResponseData?.(controller, lend(piece, length));
  }
}
