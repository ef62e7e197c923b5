import { type Readable, addAbortSignal } from 'node:stream';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { Trust } from '../../network/trust.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { originOf } from './address.ts';
import { type AskOptions, FtpConnection, type Manner, type TransferOptions } from './connection.ts';
import type { DataConnection } from './data-connection.ts';
import { DataReader } from './data-reader.ts';
import { DataWriter } from './data-writer.ts';
import { type Entry, formatTime } from './entry.ts';
import { explain, type Question } from './explain.ts';
import { entriesAt } from './listing.ts';
import { look } from './look.ts';
import { NO_BACKSLASH, type Naming } from './names.ts';
import { ConnectionPool, type Use } from './pool.ts';
import { type Reply, isPositive } from './reply.ts';
import type { FtpSettings } from './settings.ts';
import { type Features, signIn } from './sign-in.ts';

export interface ReadOptions extends OperationOptions {
  /** first byte */
  readonly start?: number | undefined;
  /** last byte, inclusive; absent: to the end */
  readonly end?: number | undefined;
}

export interface WriteOptions extends OperationOptions {
  /** the name that people know, where `path` is a temporary one */
  readonly target?: string;
  /** so many bytes are there and stay */
  readonly offset: number;
  /** APPE instead of REST and STOR */
  readonly appends: boolean;
}

/** A server as one user sees it: commands and transfers over as many connections as it allows. Paths are absolute ones of the server (`serverPath`). */
export class FtpClient {
  readonly settings: FtpSettings;
  readonly features: Features;
  readonly naming: Naming;
  readonly #pool: ConnectionPool;
  /** RETR obeys RANG: found by the probe */
  ranges = false;

  private constructor(settings: FtpSettings, features: Features, pool: ConnectionPool) {
    this.settings = settings;
    this.features = features;
    this.naming = { root: rootOf(settings, features), origin: originOf(settings, settings.user), utf8: features.utf8, refused: [NO_BACKSLASH] };
    this.#pool = pool;
  }

  /** @throws RefusedAtTheDoor, untrusted_server, unavailable, not_found (the location's folder) */
  static async connect(settings: FtpSettings, trust: Trust | null, signal: AbortSignal | undefined): Promise<FtpClient> {
    const manner: Manner = { settings, trust, usesPasv: false };
    let features: Features | null = null;
    const open = async (stop: AbortSignal | undefined): Promise<FtpConnection> => {
      const connection = await FtpConnection.open(manner, stop);
      try {
        features = await signIn(connection, { signal: stop, features });
        return connection;
      } catch (error) {
        connection.close();
        throw error;
      }
    };
    const pool = new ConnectionPool(open, { most: settings.connections, silence: settings.silence });
    const first = await pool.take('command', signal);
    pool.give(first);
    if (features === null) throw new StorageError('unexpected', 'The sign-in told nothing.');
    return new FtpClient(settings, features, pool);
  }

  get secrets(): readonly string[] {
    return [this.settings.password];
  }

  /** @returns the final reply, whatever it says */
  ask(command: string, options: AskOptions = {}): Promise<Reply> {
    return this.#pool.use(options.signal, (connection) => connection.ask(command, options));
  }

  /** For commands that belong together. */
  use<T>(signal: AbortSignal | undefined, action: (connection: FtpConnection) => Promise<T>): Promise<T> {
    return this.#pool.use(signal, action);
  }

  /** @throws what the refusal means, by the server's words or by looking */
  async require(command: string, question: Question, options: AskOptions = {}): Promise<Reply> {
    const reply = await this.ask(command, options);
    if (!isPositive(reply)) throw await this.explain(question, reply);
    return reply;
  }

  explain(question: Question, reply: Reply): Promise<StorageError> {
    return explain(this, question, reply);
  }

  /** @returns null when there is nothing of that name */
  async look(path: string, { signal }: OperationOptions = {}): Promise<Entry | null> {
    const told = await this.use(signal, (connection) => look(connection, this.features, path, signal));
    if (told !== undefined) return told;
    const slash = path.lastIndexOf('/');
    try {
      for await (const entry of entriesAt(this, path.slice(0, slash) || '/', { signal })) if (entry.name === path.slice(slash + 1)) return entry;
    } catch (error) {
      if (!(error instanceof StorageError) || (error.code !== 'not_found' && error.code !== 'invalid_location')) throw error;
    }
    return null;
  }

  /** The bytes of a file, or of a part of it. @throws not_found and others, before it resolves */
  async read(path: string, { start = 0, end, signal }: ReadOptions = {}): Promise<Readable> {
    const doing = { doing: `read ${path}`, path, wants: 'file' } as const;
    let ranged = false;
    const begun = await this.#begin('read', signal, async (connection) => {
      ranged = this.ranges && end !== undefined && (await connection.ask(`RANG ${start} ${end}`, { signal })).code === 350;
      const answer = await connection.transfer(`RETR ${path}`, { offset: ranged ? 0 : start, signal });
      if (!ranged || !('code' in answer)) return answer;
      // ProFTPD gives no range that reaches behind the end.
      ranged = false;
      await resetRange(connection);
      return connection.transfer(`RETR ${path}`, { offset: start, signal });
    });
    if ('code' in begun) throw await this.explain(doing, begun);
    return this.#reader(begun, doing, { limit: end === undefined || ranged ? undefined : end - start + 1, after: ranged ? resetRange : undefined, signal });
  }

  /** What a command like MLSD sends. `before` is asked on the same connection. */
  async listing(command: string, path: string, { signal, before }: OperationOptions & { readonly before?: string } = {}): Promise<Readable | Reply> {
    const doing = { doing: `list ${path}`, path, wants: 'folder' } as const;
    const begun = await this.#begin('read', signal, async (connection) => {
      const entered = before === undefined ? null : await connection.ask(before, { signal });
      return entered !== null && !isPositive(entered) ? entered : connection.transfer(command, { signal });
    });
    return 'code' in begun ? begun : this.#reader(begun, doing, { signal });
  }

  /** Takes the bytes of a file from `offset` on; nothing is asked of the server before the first one. */
  writer(path: string, { offset, appends, target = path, signal }: WriteOptions): DataWriter {
    const question = { doing: `store ${target}`, path, wants: 'room' } as const;
    const transfer: TransferOptions = { offset: appends ? 0 : offset, signal };
    let release = (): void => undefined;
    return new DataWriter({
      begin: async () => {
        const begun = await this.#begin('command', signal, (connection) => connection.transfer(`${appends && offset > 0 ? 'APPE' : 'STOR'} ${path}`, transfer));
        if ('code' in begun) throw await this.explain(question, begun);
        release = () => this.#pool.give(begun.connection);
        return begun.data;
      },
      refused: (reply) => this.explain({ ...question, wants: 'space' }, reply),
      confirm: async (sent) => (await this.look(path, { signal }))?.size === offset + sent,
      released: () => release(),
      mayBeEmpty: offset > 0,
    });
  }

  async remove(path: string, options: OperationOptions = {}): Promise<void> {
    await this.require(`DELE ${path}`, { doing: `delete ${path}`, path, wants: 'file' }, options);
  }

  /** RNFR and RNTO. @throws not_found, permission_denied, already_exists where the server replaces nothing */
  rename(from: string, to: string, { signal }: OperationOptions = {}): Promise<void> {
    return this.use(signal, async (connection) => {
      const named = await connection.ask(`RNFR ${from}`, { signal });
      if (named.code !== 350) return { path: from, wants: 'any', reply: named } as const;
      const renamed = await connection.ask(`RNTO ${to}`, { signal });
      return isPositive(renamed) ? null : ({ path: to, wants: 'name', reply: renamed } as const);
    }).then(async (refused) => {
      if (refused !== null) throw await this.explain({ doing: `rename ${from} to ${to}`, path: refused.path, wants: refused.wants }, refused.reply);
    });
  }

  /** By MFMT, or by MDTM with a time, as vsftpd takes it. @returns whether the server did so */
  async setModified(command: 'MFMT' | 'MDTM', path: string, modified: Date, options: OperationOptions = {}): Promise<boolean> {
    return isPositive(await this.ask(`${command} ${formatTime(modified)} ${path}`, options));
  }

  close(): void {
    this.#pool.close();
  }

  /** Begins a transfer on a connection that its end gives back. */
  async #begin(use: Use, signal: AbortSignal | undefined, start: (connection: FtpConnection) => Promise<DataConnection | Reply>): Promise<Begun | Reply> {
    for (;;) {
      const connection = await this.#pool.take(use, signal);
      try {
        const data = await start(connection);
        if (!('code' in data)) return { data, connection };
        this.#pool.give(connection);
        return data;
      } catch (error) {
        const again = this.#pool.stale(connection, error);
        this.#pool.give(connection);
        if (!again) throw error;
      }
    }
  }

  #reader({ data, connection }: Begun, question: Question, { limit, after, signal }: ReaderOptions): Readable {
    const reader = new DataReader(data, {
      limit,
      refused: (reply) => this.explain(question, reply),
      released: () => {
        const done = after === undefined || !connection.usable ? Promise.resolve() : after(connection).catch(() => undefined);
        void done.then(() => this.#pool.give(connection));
      },
    });
    return signal === undefined ? reader : addAbortSignal(signal, reader);
  }
}

/** A transfer, and the connection to give back after it. */
interface Begun {
  readonly data: DataConnection;
  readonly connection: FtpConnection;
}

interface ReaderOptions extends OperationOptions {
  readonly limit?: number | undefined;
  /** done on the connection before others get it */
  readonly after?: ((connection: FtpConnection) => Promise<void>) | undefined;
}

/** ProFTPD keeps a range until it is told another one, for other transfers and digests too. */
async function resetRange(connection: FtpConnection): Promise<void> {
  if ((await connection.ask('RANG 1 0')).code !== 350) connection.close();
}

function rootOf({ folder }: FtpSettings, { home }: Features): string {
  return folder === null ? home : `/${folder.join('/')}`;
}
