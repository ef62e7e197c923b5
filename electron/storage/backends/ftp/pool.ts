import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FtpConnection } from './connection.ts';
import { ConnectionLost, RefusedAtTheDoor } from './reply.ts';

/** `read`: carries a download, whose reader may wait for a connection of another kind before it takes the next bytes. */
export type Use = 'command' | 'read';

interface Waiting {
  readonly use: Use;
  /** with a connection, or with null: there is room to open one */
  readonly serve: (connection: FtpConnection | null) => void;
}

interface Idle {
  readonly connection: FtpConnection;
  readonly since: number;
}

/** How often idle connections are looked after, and when one too many is closed, in milliseconds. Servers end connections that are silent for some minutes. */
const TEND_EVERY = 20_000;
const SPARE_FOR = 60_000;
/** After the server let no more in, another connection is tried so much later. */
const TRY_MORE_AFTER = 5 * 60_000;
/** Waits before the door is tried again when no connection is left: a server may still count one that just ended. Milliseconds. */
const KNOCKS = [200, 500, 1000, 2000];

/**
 * Control connections of one location, opened when they are needed and kept for the next. A server that lets no more in makes the pool
 * smaller for a while, and what wants a connection waits for one of those that are there.
 */
export class ConnectionPool {
  readonly #open: (signal: AbortSignal | undefined) => Promise<FtpConnection>;
  readonly #most: number;
  readonly #silence: number;
  #idle: Idle[] = [];
  #waiting: Waiting[] = [];
  readonly #all = new Set<FtpConnection>();
  readonly #readers = new Set<FtpConnection>();
  /** replies when it was taken out of the idle ones */
  readonly #fromIdle = new WeakMap<FtpConnection, number>();
  #opening = 0;
  #shrunk: { readonly to: number; readonly until: number } | null = null;
  #tending: NodeJS.Timeout | undefined;
  #closed = false;
  #entered = false;

  /** @param silence how long a reader that nobody reads on may keep others from the last connection, in milliseconds */
  constructor(open: (signal: AbortSignal | undefined) => Promise<FtpConnection>, { most, silence }: { readonly most: number; readonly silence: number }) {
    this.#open = open;
    this.#most = most;
    this.#silence = silence;
  }

  /** connections that may be open at the same time, as far as is known now */
  get limit(): number {
    if (this.#shrunk !== null && Date.now() > this.#shrunk.until) this.#shrunk = null;
    return this.#shrunk === null ? this.#most : Math.max(this.#shrunk.to, this.#all.size);
  }

  /** Whoever takes one gives it back, also when it is lost. @throws RefusedAtTheDoor, unavailable, untrusted_server, canceled */
  async take(use: Use, signal?: AbortSignal): Promise<FtpConnection> {
    for (let knock = 0; ; ) {
      this.#requireOpen(signal);
      const idle = this.#admits(use) ? this.#popIdle() : undefined;
      if (idle !== undefined) return this.#given(idle, use, true);
      if (this.#admits(use) && this.#all.size + this.#opening < this.limit) {
        try {
          return this.#given(await this.#enter(signal), use, false);
        } catch (error) {
          if (this.#shrinks(error)) continue;
          if (!(this.#entered && error instanceof RefusedAtTheDoor && error.code !== 'authentication_failed')) throw error;
          const pause = KNOCKS[knock++];
          if (pause === undefined) throw error;
          await delay(pause, signal);
          continue;
        }
      }
      const served = await this.#wait(use, signal);
      if (served !== null) return this.#given(served, use, false);
    }
  }

  give(connection: FtpConnection): void {
    this.#readers.delete(connection);
    if (this.#closed) connection.close();
    if (!connection.usable) {
      this.#all.delete(connection);
      return this.#serve(null);
    }
    this.#serve(connection);
  }

  /** Takes a connection for the time of `action`, which is done again on another one if the first turns out to be {@link stale}. */
  async use<T>(signal: AbortSignal | undefined, action: (connection: FtpConnection) => Promise<T>): Promise<T> {
    for (;;) {
      const connection = await this.take('command', signal);
      try {
        return await action(connection);
      } catch (error) {
        if (!this.stale(connection, error)) throw error;
      } finally {
        this.give(connection);
      }
    }
  }

  /** It was lost and had lain idle, and nothing was heard on it since: nothing was done. The others that lie idle are given up with it, as what ended this one ended them too. */
  stale(connection: FtpConnection, error: unknown): boolean {
    if (!(error instanceof ConnectionLost) || this.#fromIdle.get(connection) !== connection.replies) return false;
    for (const { connection: other } of this.#idle.splice(0)) {
      other.close();
      this.#all.delete(other);
    }
    return true;
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#tending);
    for (const connection of this.#all) connection.close();
    this.#all.clear();
    this.#idle = [];
    for (const { serve } of this.#waiting.splice(0)) serve(null);
  }

  /** One connection stays for others than readers, or a copy that reads from a location and writes to it would wait for itself. */
  #admits(use: Use): boolean {
    return use !== 'read' || this.#readers.size < Math.max(1, this.limit - 1);
  }

  #given(connection: FtpConnection, use: Use, wasIdle: boolean): FtpConnection {
    if (use === 'read') this.#readers.add(connection);
    if (wasIdle) this.#fromIdle.set(connection, connection.replies);
    else this.#fromIdle.delete(connection);
    return connection;
  }

  #popIdle(): FtpConnection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.connection.usable) return idle.connection;
      this.#all.delete(idle.connection);
    }
    return undefined;
  }

  async #enter(signal: AbortSignal | undefined): Promise<FtpConnection> {
    this.#opening += 1;
    try {
      const connection = await this.#open(signal);
      this.#all.add(connection);
      this.#entered = true;
      if (this.#closed) connection.close();
      return connection;
    } finally {
      this.#opening -= 1;
    }
  }

  /** Others are in, so it is no matter of the password or the server: there are too many of us. */
  #shrinks(error: unknown): boolean {
    if (this.#all.size === 0 || !(error instanceof StorageError) || error.code === 'canceled' || error.code === 'untrusted_server') return false;
    this.#shrunk = { to: this.#all.size, until: Date.now() + TRY_MORE_AFTER };
    return true;
  }

  #serve(connection: FtpConnection | null): void {
    const at = this.#waiting.findIndex(({ use }) => this.#admits(use));
    const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (next !== undefined) return next.serve(connection);
    if (connection === null) return;
    this.#idle.push({ connection, since: Date.now() });
    this.#tending ??= setInterval(() => void this.#tend(), TEND_EVERY).unref();
  }

  #wait(use: Use, signal: AbortSignal | undefined): Promise<FtpConnection | null> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearInterval(timer);
        signal?.removeEventListener('abort', abort);
        this.#waiting = this.#waiting.filter((each) => each !== mine);
      };
      const abort = (): void => {
        settle();
        reject(new StorageError('canceled', 'Canceled.', { cause: signal?.reason }));
      };
      const timer = setInterval(() => {
        if (!this.#isBlocked()) return;
        settle();
        reject(new StorageError('unavailable', 'The FTP server allows one connection only, and a file is being read over it that nobody reads on.'));
      }, this.#silence);
      const mine: Waiting = {
        use,
        serve: (connection) => {
          settle();
          resolve(connection);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.push(mine);
    });
  }

  /** All connections carry readers, which can only be one, and none of them moved for long. */
  #isBlocked(): boolean {
    const before = Date.now() - this.#silence;
    return this.#all.size > 0 && this.#readers.size === this.#all.size && [...this.#readers].every(({ heardAt }) => heardAt < before);
  }

  /** Keeps idle connections alive, and closes those that nobody needed for a while. */
  async #tend(): Promise<void> {
    const idle = this.#idle;
    this.#idle = [];
    if (idle.length === 0) {
      clearInterval(this.#tending);
      this.#tending = undefined;
    }
    await Promise.all(
      idle.map(async ({ connection, since }, index) => {
        if (index > 0 && Date.now() - since > SPARE_FOR) connection.close();
        else await connection.ask('NOOP').catch(() => undefined);
        if (!connection.usable || this.#waiting.length > 0) return this.give(connection);
        this.#idle.push({ connection, since });
      }),
    );
  }

  #requireOpen(signal: AbortSignal | undefined): void {
    if (signal?.aborted) throw new StorageError('canceled', 'Canceled.', { cause: signal.reason });
    if (this.#closed) throw new StorageError('unavailable', 'The location is closed.');
  }
}

function delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    const abort = (): void => {
      clearTimeout(timer);
      reject(new StorageError('canceled', 'Canceled.', { cause: signal?.reason }));
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
