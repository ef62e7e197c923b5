import type { Socket } from 'node:net';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LentReads } from '../../network/lent-reads.ts';
import { messageOf } from './failure.ts';
import { ConnectionLost, type Reply, isPositive } from './reply.ts';

/** The control connection, as far as a transfer needs it. */
export interface Carrier {
  readonly settings: { readonly host: string; readonly silence: number };
  /** when data came in last, as `Date.now()` */
  heardAt: number;
  withPatience<T>(milliseconds: number, action: () => Promise<T>): Promise<T>;
  lose(reason: StorageError): void;
  endTransfer(): void;
}

/** So long the server's word on a data connection that broke is waited for, in milliseconds: a full disk or a refusal shows as a reset first. */
const LAST_WORD = 5000;

/** One transfer under way: the data connection, and the final reply on the control connection, which alone says whether it went well. */
export class DataConnection {
  readonly socket: Socket;
  readonly connection: Carrier;
  readonly reads: LentReads;
  readonly #final: Promise<Reply>;
  #reply: Reply | null = null;

  constructor(connection: Carrier, socket: Socket, final: Promise<Reply>, reads: LentReads) {
    this.connection = connection;
    this.socket = socket;
    this.#final = final;
    this.reads = reads;
    final.then((reply) => (this.#reply = reply), () => undefined);
    // Every way of its end is looked at; an error that comes after it says nothing more.
    socket.on('error', () => undefined);
  }

  /** milliseconds that either side may be silent */
  get silence(): number {
    return this.connection.settings.silence;
  }

  /** Calls back as soon as the server says its final word, or the control connection is lost. */
  onFinal(then: (reply: Reply) => void, lost: (error: unknown) => void): void {
    this.#final.then(then, lost);
  }

  /** The final reply once all data went over. @throws ConnectionLost when there is none in time */
  async finished(patience = this.silence): Promise<Reply> {
    try {
      return await this.connection.withPatience(patience, () => this.#final);
    } finally {
      this.#end();
    }
  }

  /** Why the data connection broke: by what the server says of it, if it says something. */
  async broken(): Promise<StorageError | Reply> {
    const error = this.socket.errored;
    const reply = this.#reply ?? (await this.connection.withPatience(LAST_WORD, () => this.#final).catch(() => null));
    this.#end();
    if (reply !== null && !isPositive(reply)) return reply;
    this.abandon();
    const why = error === null ? 'it was closed' : messageOf(error);
    return new StorageError('unavailable', `The data connection to ${this.connection.settings.host} broke: ${why}.`, { cause: error });
  }

  /** Gives the transfer up before its end. That costs the control connection: what servers still say of it differs, and Pure-FTPd says nothing that ends it. */
  abandon(reason = 'a transfer was given up'): void {
    this.#end();
    this.connection.lose(new ConnectionLost('unavailable', `The connection to ${this.connection.settings.host} was closed, because ${reason}.`));
  }

  #end(): void {
    this.socket.destroy();
    this.connection.endTransfer();
  }
}
