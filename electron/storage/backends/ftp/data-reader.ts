import { Readable } from 'node:stream';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { PIECE, lend, takePiece } from '../../../integrity/lent-pieces.ts';
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

/** The bytes of a RETR or of a listing. It ends only when the server said that the transfer is complete; given up before its end it costs the control connection. */
export class DataReader extends Readable {
  readonly #data: DataConnection;
  readonly #options: DataReaderOptions;
  #timer: NodeJS.Timeout | undefined;
  #left: number;
  #over = false;
  #wanted = false;
  #piece: Buffer | null = null;
  #length = 0;
  #flush: NodeJS.Immediate | null = null;

  constructor(data: DataConnection, options: DataReaderOptions) {
    // One piece at a time: several that wait would be joined into fresh memory.
    super({ highWaterMark: 1 });
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
    // What is read is copied at once.
    data.reads.lends = true;
    socket.on('readable', () => this.#takeAll());
    socket.once('end', () => void this.#ended());
    socket.once('close', () => void this.#broke());
    // An empty file is over before anybody can listen.
    if (socket.readableEnded) void this.#ended();
    else if (socket.closed) void this.#broke();
  }

  override _read(): void {
    if (this.#over) return;
    if (this.#left === 0) return this.#enough();
    this.#wanted = true;
    this.#watch();
    this.#takeAll();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#over) {
      this.#data.abandon();
      this.#release();
    }
    done(error);
  }

  #takeAll(): void {
    while (this.#wanted && !this.#over) {
      const chunk = this.#data.socket.read() as Buffer | null;
      if (chunk === null) return;
      this.#take(chunk);
    }
  }

  #take(chunk: Buffer): void {
    let rest = chunk.length > this.#left ? chunk.subarray(0, this.#left) : chunk;
    this.#left -= rest.length;
    this.#data.connection.heardAt = Date.now();
    this.#watch();
    while (rest.length > 0) {
      this.#piece ??= takePiece();
      const taken = rest.copy(this.#piece, this.#length);
      this.#length += taken;
      rest = rest.subarray(taken);
      if (this.#length === PIECE) this.#handOn();
    }
    if (this.#left === 0) return this.#enough();
    // Nobody waits for the rest of a piece that comes slowly.
    if (this.#length > 0) this.#flush ??= setImmediate(() => this.#handOn());
  }

  #handOn(): void {
    if (this.#flush !== null) clearImmediate(this.#flush);
    this.#flush = null;
    const [piece, length] = [this.#piece, this.#length];
    if (piece === null || this.destroyed) return;
    this.#piece = null;
    this.#length = 0;
    if (this.push(lend(piece, length))) return;
    this.#wanted = false;
    clearTimeout(this.#timer);
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
    this.#handOn();
    this.push(null);
  }

  async #ended(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#handOn();
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
