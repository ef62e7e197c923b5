import { StorageError } from '../../../../shared/storage/errors.ts';
import { ConnectionLost } from './connection-lost.ts';
import type { Connection, Dialer } from './dialer.ts';
import { orAborted } from './or-aborted.ts';

/** A connection for as long as something needs the same one, e.g. for an open file. */
export interface Lease {
  readonly connection: Connection;
  release(): void;
}

export interface UseOptions {
  readonly signal?: AbortSignal | undefined;
  /** how much of a connection this takes: 1 for a question, {@link BULK} for the bytes of a large file */
  readonly weight?: number;
}

export const BULK = 4;
/** Work on every connection from which on another one is opened beside them. */
const BUSY = 6;
/** After a server refused another connection it is not asked again for so long, in milliseconds. */
const REFUSED_FOR = 60_000;

interface Member {
  readonly connection: Connection;
  load: number;
}

/**
 * The connections of a location: the first opened at once, others when those that are there are busy, up to a limit; a connection that
 * was lost is replaced when somebody needs one.
 */
export class ConnectionPool {
  readonly #dialer: Dialer;
  readonly #limit: number;
  readonly #members = new Set<Member>();
  readonly #end = new AbortController();
  #dialing: Promise<Member> | null = null;
  #noMoreUntil = 0;

  constructor(dialer: Dialer, limit: number) {
    this.#dialer = dialer;
    this.#limit = limit;
  }

  /** connections that may be open at the same time */
  get limit(): number {
    return this.#limit;
  }

  get place(): string {
    return this.#dialer.place;
  }

  /** Connections that are open now. */
  get size(): number {
    return this.#members.size;
  }

  /** @throws StorageError untrusted_server, authentication_failed, unavailable, canceled */
  async lease({ signal, weight = 1 }: UseOptions = {}): Promise<Lease> {
    signal?.throwIfAborted();
    this.#requireOpen();
    const member = this.#best() ?? (await orAborted(this.#dial(), signal));
    if (member.load >= BUSY) this.#grow();
    member.load += weight;
    let held = true;
    return {
      connection: member.connection,
      release: () => {
        if (held) member.load -= weight;
        held = false;
      },
    };
  }

  async use<T>(action: (connection: Connection) => Promise<T>, options: UseOptions = {}): Promise<T> {
    const { connection, release } = await this.lease(options);
    try {
      return await orAborted(action(connection), options.signal);
    } finally {
      release();
    }
  }

  /** As {@link use}, for what changes nothing: asked once more when the connection was lost, as happens to one that was idle for long. */
  ask<T>(action: (connection: Connection) => Promise<T>, options: UseOptions = {}): Promise<T> {
    return this.again(() => this.use(action, options));
  }

  /** Does it once more when a connection was lost meanwhile. */
  async again<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      return action();
    }
  }

  close(): void {
    this.#end.abort(new StorageError('unavailable', `The connections to ${this.place} were closed.`));
    for (const { connection } of this.#members) connection.ssh.end();
    this.#members.clear();
  }

  #best(): Member | null {
    let best: Member | null = null;
    for (const member of this.#members) if (best === null || member.load < best.load) best = member;
    return best;
  }

  #grow(): void {
    if (this.#dialing !== null || this.#members.size >= this.#limit || performance.now() < this.#noMoreUntil) return;
    this.#dial().catch(() => {
      this.#noMoreUntil = performance.now() + REFUSED_FOR;
    });
  }

  /** One at a time: servers refuse many that are not signed in yet. */
  #dial(): Promise<Member> {
    this.#dialing ??= this.#open().finally(() => {
      this.#dialing = null;
    });
    return this.#dialing;
  }

  async #open(): Promise<Member> {
    const connection = await this.#dialer.dial(this.#end.signal);
    if (this.#end.signal.aborted) {
      connection.ssh.end();
      this.#requireOpen();
    }
    const member: Member = { connection, load: 0 };
    this.#members.add(member);
    connection.ssh.onLost(() => this.#members.delete(member));
    return member;
  }

  #requireOpen(): void {
    this.#end.signal.throwIfAborted();
  }
}
