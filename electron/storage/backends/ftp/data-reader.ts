import { Readable } from 'node:stream';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { DataConnection } from './data-connection.ts';
import { type Reply, isPositive } from './reply.ts';

export interface DataReaderOptions {
  /** bytes after which nothing more is wanted; absent: to the end */
  readonly limit?: number | undefined;
  /** makes an error of a reply that ends the transfer badly */
  refused(reply: Reply): Promise<StorageError>;
  /** called once, when the control connection is free again or lost */
  released(): void;
}

/** Bytes that are read ahead of who wants them. */
const AHEAD = 256 * 1024;

/** The bytes of a RETR or of a listing. It ends only when the server said that the transfer is complete; given up before its end it costs the control connection. */
export class DataReader extends Readable {
  readonly #data: DataConnection;
  readonly #options: DataReaderOptions;
  #timer: NodeJS.Timeout | undefined;
  #left: number;
  #over = false;

  constructor(data: DataConnection, options: DataReaderOptions) {
    super({ highWaterMark: AHEAD });
    this.#data = data;
    this.#options = options;
    this.#left = options.limit ?? Infinity;
    const { socket } = data;
    // It may fail before anybody reads, who then gets to know it.
    this.on('error', () => undefined);
    data.onFinal(
      (reply) => {
        if (!isPositive(reply)) this.#fail(() => this.#options.refused(reply));
      },
      (error) => this.#fail(() => Promise.resolve(error as StorageError)),
    );
    socket.pause();
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.once('end', () => void this.#ended());
    socket.once('close', () => void this.#broke());
    // An empty file is over before anybody can listen.
    if (socket.readableEnded) void this.#ended();
    else if (socket.closed) void this.#broke();
  }

  override _read(): void {
    if (this.#over) return;
    if (this.#left === 0) return this.#enough();
    this.#watch();
    this.#data.socket.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#over) {
      this.#data.abandon();
      this.#release();
    }
    done(error);
  }

  #take(chunk: Buffer): void {
    if (this.#over) return;
    const wanted = chunk.length > this.#left ? chunk.subarray(0, this.#left) : chunk;
    this.#left -= wanted.length;
    this.#data.connection.heardAt = Date.now();
    const more = this.push(wanted);
    if (this.#left === 0) return this.#enough();
    if (more) return this.#watch();
    clearTimeout(this.#timer);
    this.#data.socket.pause();
  }

  /** Who reads waits for bytes from here on. */
  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.destroy(new StorageError('unavailable', `The FTP server sent no bytes for ${this.#data.silence / 1000} s.`)), this.#data.silence);
  }

  #enough(): void {
    if (this.#over) return;
    this.#data.abandon('only a part of a file was wanted');
    this.#release();
    this.push(null);
  }

  async #ended(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    try {
      const reply = await this.#data.finished();
      if (!isPositive(reply)) throw await this.#options.refused(reply);
      this.#release();
      this.push(null);
    } catch (error) {
      this.#release();
      this.destroy(error as Error);
    }
  }

  async #broke(): Promise<void> {
    if (this.#over) return;
    const reason = await this.#data.broken();
    this.#fail(() => (reason instanceof StorageError ? Promise.resolve(reason) : this.#options.refused(reason)));
  }

  #fail(reason: () => Promise<StorageError>): void {
    if (this.#over) return;
    this.#release();
    void reason().then((error) => this.destroy(error), (error: unknown) => this.destroy(error as Error));
  }

  #release(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#options.released();
  }
}
