import { Writable } from 'node:stream';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { DataConnection } from './data-connection.ts';
import { type Reply, isPositive } from './reply.ts';

export interface DataWriterOptions {
  /** Begins the transfer; called with the first byte, or at the end of an empty file. @throws what the server refuses it with */
  begin(): Promise<DataConnection>;
  /** makes an error of a reply that ends the transfer badly */
  refused(reply: Reply): Promise<StorageError>;
  /** Asked when the server's last word was lost after everything was sent. @returns whether all of it is stored */
  confirm(sent: number): Promise<boolean>;
  /** called once for what {@link begin} gave, when nothing is under way on it any more */
  released(): void;
  /** an end without a byte sends nothing at all: what was stored before is the whole */
  readonly mayBeEmpty: boolean;
}

/** Bytes that may wait while others are on their way. */
const AHEAD = 1024 * 1024;
/** Written at once, so that a slow line is not taken for a silent server. */
const PIECE = 128 * 1024;
/** What may still lie in the buffers of this computer when the last byte was written, and the slowest line that is waited for. Bytes, and bytes a millisecond. */
const IN_BUFFERS = 4 * 1024 * 1024;
const SLOWEST = 32;
/** After a failure the bytes that are under way may still arrive, so that less is sent again; so long they are waited for, in milliseconds. */
const LAST_BYTES = 2000;

/** The bytes of a STOR or APPE. It is finished when the server said that the transfer is complete, which proves nothing yet of what is stored. */
export class DataWriter extends Writable {
  readonly #options: DataWriterOptions;
  #data: Promise<DataConnection> | null = null;
  #sent = 0;
  #ending = false;
  #settled: Promise<void> = Promise.resolve();

  constructor(options: DataWriterOptions) {
    super({ highWaterMark: AHEAD });
    this.#options = options;
    this.on('error', () => undefined);
  }

  /** whether the server was asked to store anything */
  get begun(): boolean {
    return this.#data !== null;
  }

  /** Resolves when the server will store nothing more of it; for whom `destroy` was called or who failed. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#put(chunk).then(() => done(), (error: unknown) => done(error as Error));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#finish().then(() => done(), (error: unknown) => done(error as Error));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#ending) void this.#endWith((data) => this.#giveUp(data)).catch(() => undefined);
    done(error);
  }

  async #put(chunk: Uint8Array): Promise<void> {
    const data = await this.#begin();
    for (let at = 0; at < chunk.length && !this.#ending; at += PIECE) await this.#putPiece(data, chunk.subarray(at, at + PIECE));
  }

  async #putPiece(data: DataConnection, piece: Uint8Array): Promise<void> {
    const { socket, silence } = data;
    this.#sent += piece.length;
    if (socket.write(piece)) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        socket.off('drain', settle).off('close', closed);
        this.off('close', settle);
        resolve();
      };
      const timer = setTimeout(() => {
        reject(new StorageError('unavailable', `The FTP server took no bytes for ${silence / 1000} s.`));
        data.abandon('it took no bytes');
        settle();
      }, silence);
      // What it was closed for fails this stream, which is waited for: further bytes would go nowhere, and the control connection may soon be another transfer's.
      const closed = (): void => clearTimeout(timer);
      if (socket.destroyed) closed();
      socket.once('drain', settle).once('close', closed);
      this.once('close', settle);
    });
  }

  #begin(): Promise<DataConnection> {
    this.#data ??= this.#options.begin().then((data) => {
      data.onFinal((reply) => this.#early(reply), (error) => this.#fail(() => Promise.resolve(error as StorageError)));
      data.socket.once('close', () => void this.#broke(data));
      if (data.socket.closed) void this.#broke(data);
      return data;
    });
    return this.#data;
  }

  /** The final reply came before the last byte was sent. */
  #early(reply: Reply): void {
    this.#fail(() => (isPositive(reply) ? Promise.resolve(new StorageError('unavailable', `The FTP server answered ${reply.code} before it had all bytes.`)) : this.#options.refused(reply)));
  }

  async #broke(data: DataConnection): Promise<void> {
    if (this.#ending) return;
    const reason = await data.broken();
    this.#fail(() => (reason instanceof StorageError ? Promise.resolve(reason) : this.#options.refused(reason)));
  }

  #fail(reason: () => Promise<StorageError>): void {
    if (this.#ending) return;
    void this.#endWith((data) => data.finished(LAST_BYTES)).catch(() => undefined);
    void this.#settled.then(reason).then((error) => this.destroy(error), (error: unknown) => this.destroy(error as Error));
  }

  async #finish(): Promise<void> {
    if (!this.begun && this.#options.mayBeEmpty) return;
    await this.#begin();
    if (this.#ending) return;
    await this.#endWith((data) => this.#complete(data));
  }

  async #complete(data: DataConnection): Promise<void> {
    data.socket.end();
    const reply = await data.finished(data.silence + Math.min(this.#sent, IN_BUFFERS) / SLOWEST).catch(async (error: unknown) => {
      if (await this.#options.confirm(this.#sent).catch(() => false)) return null;
      throw error;
    });
    if (reply !== null && !isPositive(reply)) throw await this.#options.refused(reply);
  }

  /** Ends the data in good order: the server keeps what it has of it, and the control connection stays. */
  async #giveUp(data: DataConnection): Promise<void> {
    data.socket.end();
    await data.finished(LAST_BYTES);
  }

  /** From here on nothing else ends it. */
  #endWith(action: (data: DataConnection) => Promise<unknown>): Promise<unknown> {
    this.#ending = true;
    if (this.#data === null) return Promise.resolve();
    const end = this.#data.then((data) => action(data).finally(() => this.#options.released()));
    this.#settled = end.then(() => undefined, () => undefined);
    return end;
  }
}
