import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { FTPContext, FTPError } from 'basic-ftp';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { LentReads } from '../../network/lent-reads.ts';
import { type DirectOptions, type DirectSocket, openDirect } from '../../network/open-direct.ts';
import { openSocket } from '../../network/open-socket.ts';
import { type Trust, secured } from '../../network/trust.ts';
import { DataConnection } from './data-connection.ts';
import { connectFailure, messageOf, silent } from './failure.ts';
import { passivePort } from './passive.ts';
import { ConnectionLost, RefusedAtTheDoor, type Reply, isPositive, wordsOf } from './reply.ts';
import type { FtpSettings } from './settings.ts';

/** How the connections of one location talk; what one finds out counts for all. */
export interface Manner {
  readonly settings: FtpSettings;
  /** null: plain FTP */
  readonly trust: Trust | null;
  /** EPSV was refused once: PASV is asked from then on */
  usesPasv: boolean;
}

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  /** milliseconds that the server may take; default: the location's time limit */
  readonly patience?: number | undefined;
}

export interface TransferOptions {
  /** first byte, by REST (RFC 3659 section 5) */
  readonly offset?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One control connection, one command or transfer at a time. basic-ftp's context reads the replies and keeps line ends out of commands;
 * data connections are made here, apart from it: were they its own, one that breaks would hide the server's reason and end the
 * control connection too, and nobody would look at the certificate that is shown on it.
 */
export class FtpConnection {
  readonly settings: FtpSettings;
  readonly #manner: Manner;
  readonly #context = new FTPContext(0);
  #lost: StorageError | null = null;
  #data: Socket | null = null;
  /** replies so far: none since it was taken means that nothing was done yet */
  replies = 0;
  /** when data came in last, as `Date.now()` */
  heardAt = Date.now();
  /** what `OPTS HASH` was set to last */
  hashAlgorithm: string | null = null;

  private constructor(manner: Manner) {
    this.#manner = manner;
    this.settings = manner.settings;
  }

  /**
   * Connects, reads the greeting and makes the connection secure. Nothing of the user is sent before the certificate is trusted.
   * @throws RefusedAtTheDoor, untrusted_server, unavailable
   */
  static async open(manner: Manner, signal?: AbortSignal): Promise<FtpConnection> {
    const connection = new FtpConnection(manner);
    try {
      await connection.#begin(signal);
      return connection;
    } catch (error) {
      connection.close();
      throw connectFailure(error, manner.settings, signal);
    }
  }

  get usable(): boolean {
    return this.#lost === null && !this.#context.closed;
  }

  /** @returns the final reply, whatever it says @throws ConnectionLost; StorageError canceled, which costs the connection */
  async ask(command: string, options: AskOptions = {}): Promise<Reply> {
    const [reply] = await this.batch([command], options);
    if (reply === undefined) throw new StorageError('unexpected', 'A command had no reply.');
    return reply;
  }

  /** Sends all commands at once and collects the final reply of each. */
  batch(commands: readonly string[], { signal, patience = this.settings.silence }: AskOptions = {}): Promise<readonly Reply[]> {
    return this.withPatience(patience, (heard) => this.#exchange(commands, heard), signal);
  }

  /**
   * Begins a transfer: makes the data connection and sends the command.
   * @returns the reply instead when the server refuses @throws ConnectionLost, unavailable (no data connection), untrusted_server
   */
  async transfer(command: string, { offset = 0, signal }: TransferOptions = {}): Promise<DataConnection | Reply> {
    const port = await passivePort({ usesPasv: this.#manner.usesPasv, ask: (text) => this.ask(text, { signal }), preferPasv: () => (this.#manner.usesPasv = true) });
    if (typeof port !== 'number') return port;
    const reads = new LentReads();
    // The server begins TLS together with the transfer, some before they answer: this side must be on its way by then.
    const { socket, trusted: secure } = await this.#openData(port, reads, signal);
    try {
      const restarted = offset === 0 ? null : await this.ask(`REST ${offset}`, { signal });
      if (restarted !== null && restarted.code !== 350) return this.#endedBefore(restarted.code >= 400 ? restarted : { code: 502, message: restarted.message });
      const { started, final } = this.#start(command);
      const refused = await this.withPatience(this.settings.silence, () => started, signal);
      if (refused !== null) {
        // An offset that was not used must not move the next transfer.
        if (offset > 0) await this.ask('REST 0', { signal });
        return this.#endedBefore(refused);
      }
      const ready = await this.withPatience(this.settings.silence, () => secure, signal).catch((error: unknown) => this.#insecure(error, final));
      this.#data = ready;
      return new DataConnection(this, ready, final, reads);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /**
   * Bounds how long something on this connection may take; an abort ends it too, and either costs the connection.
   * @param action is given what to call whenever the server is heard of
   */
  async withPatience<T>(milliseconds: number, action: (heard: () => void) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) throw new StorageError('canceled', 'Canceled.', { cause: signal.reason });
    const stop = (): void => this.lose(new StorageError('canceled', 'Canceled.', { cause: signal?.reason }));
    const timer = setTimeout(() => this.lose(new ConnectionLost('unavailable', silent(this.settings).message)), milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await action(() => timer.refresh());
    } catch (error) {
      if (this.#lost !== null) throw this.#lost;
      if (error instanceof StorageError) throw error;
      this.lose(new ConnectionLost('unavailable', `The connection to ${placeOf(this.settings)} was lost: ${messageOf(error)}.`, { cause: error }));
      throw this.#lost ?? error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }

  /** Ends it at once, with everything that is under way on it. */
  lose(reason: StorageError): void {
    if (this.#lost !== null) return;
    this.#lost = reason;
    this.#context.closeWithError(reason);
    this.#data?.destroy();
  }

  /** The transfer is over and its final reply was read. */
  endTransfer(): void {
    this.#data = null;
  }

  close(): void {
    this.lose(new ConnectionLost('unavailable', `The connection to ${placeOf(this.settings)} was closed.`));
  }

  async #begin(signal: AbortSignal | undefined): Promise<void> {
    const { host, port, security, silence } = this.settings;
    const { trust } = this.#manner;
    const raw = await openSocket({ host, port, proxy: null, timeout: silence, signal });
    this.#data = raw;
    const secure = (socket: Socket): Promise<Socket> => (trust === null ? Promise.resolve(socket) : this.withPatience(silence, () => secured(socket, trust, host).catch((error: unknown) => Promise.reject(connectFailure(error, this.settings, signal))), signal));
    this.#context.socket = security === 'implicit' ? await secure(raw) : raw;
    const [greeting] = await this.withPatience(silence, (heard) => this.#exchange([undefined], heard), signal);
    if (greeting === undefined || !isPositive(greeting)) throw new RefusedAtTheDoor(greeting !== undefined && saysTooMany(greeting) ? 'rate_limited' : 'unavailable', `The FTP server at ${placeOf(this.settings)} lets nobody in: ${greeting === undefined ? 'no greeting' : wordsOf(greeting, [])}.`);
    if (security === 'explicit') {
      const offered = await this.ask('AUTH TLS', { signal });
      if (offered.code !== 234 && offered.code !== 334) {
        throw new StorageError('unsupported', `The FTP server at ${placeOf(this.settings)} offers no TLS (it answered ${offered.code}, ${JSON.stringify(wordsOf(offered, []))}); nothing was sent to it. Choose “implicit” if it has TLS on another port, or no encryption if everybody on the way may read what you send.`, { context: { field: 'security', reply: offered.code } });
      }
      this.#context.socket = await secure(raw);
    }
    this.#data = null;
  }

  #exchange(commands: readonly (string | undefined)[], heard: () => void): Promise<readonly Reply[]> {
    const replies: Reply[] = [];
    const exchange = this.#context.handle(commands[0], (response, task) => {
      if (response instanceof Error && !(response instanceof FTPError)) return task.reject(response);
      heard();
      if (response.code < 200) return;
      this.replies += 1;
      replies.push({ code: response.code, message: response.message });
      if (replies.length === commands.length) task.resolve(replies);
    }) as Promise<readonly Reply[]>;
    for (const command of commands.slice(1)) if (command !== undefined) this.#context.send(command);
    return exchange.then((all) => {
      const last = all.at(-1);
      // The server says goodbye: what was asked was not done.
      if (last?.code === 421 && commands[0] !== undefined) this.lose(new ConnectionLost('unavailable', `The FTP server at ${placeOf(this.settings)} ended the connection: ${wordsOf(last, [this.settings.password])}.`));
      if (this.#lost !== null) throw this.#lost;
      return all;
    });
  }

  /** `started` resolves to null at the first word of success, to the reply when it is a refusal. */
  #start(command: string): { readonly started: Promise<Reply | null>; readonly final: Promise<Reply> } {
    let begin: (reply: Reply | null) => void = () => undefined;
    const first = new Promise<Reply | null>((resolve) => (begin = resolve));
    const final = this.#context.handle(command, (response, task) => {
      if (response instanceof Error && !(response instanceof FTPError)) return task.reject(response);
      this.replies += 1;
      if (response.code < 200) return begin(null);
      const reply = { code: response.code, message: response.message };
      begin(reply.code >= 300 ? reply : null);
      task.resolve(reply);
    }) as Promise<Reply>;
    return { started: Promise.race([first, final.then(() => first)]), final };
  }

  async #openData(port: number, reads: LentReads, signal: AbortSignal | undefined): Promise<DirectSocket> {
    const host = this.#context.socket.remoteAddress;
    if (host === undefined) throw new ConnectionLost('unavailable', `The connection to ${placeOf(this.settings)} was lost.`);
    try {
      const opened = await openDirect({ host, port, timeout: this.settings.silence, signal, reads, secure: this.#dataSecurity() });
      this.#data = opened.socket.on('error', () => undefined).on('session', (next: Buffer) => (this.#context.tlsSessionStore = next));
      return opened;
    } catch (error) {
      if (signal?.aborted) throw new StorageError('canceled', 'Canceled.', { cause: error });
      throw new StorageError('unavailable', `No data connection to ${host}:${port} came about: ${messageOf(error)}. A firewall before the server must let its passive ports through.`, { cause: error, context: { host, port } });
    }
  }

  /** With the session of the control connection, which servers demand: it shows them that both come from the same place. */
  #dataSecurity(): DirectOptions['secure'] {
    const { trust } = this.#manner;
    const control = this.#context.socket;
    if (trust === null || !(control instanceof TLSSocket)) return null;
    const session = this.#context.tlsSessionStore ?? control.getSession();
    return { trust, name: this.settings.host, options: session === undefined ? {} : { session } };
  }

  /** The server knows best why there is no TLS on the data connection, e.g. that it wants another session. */
  async #insecure(error: unknown, final: Promise<Reply>): Promise<never> {
    if (error instanceof StorageError) {
      this.lose(error);
      throw error;
    }
    const reply = await this.withPatience(INSECURE_WORD, () => final).catch(() => null);
    const words = reply === null || isPositive(reply) ? messageOf(error) : wordsOf(reply, [this.settings.password]);
    this.close();
    throw new StorageError('unavailable', `The data connection to ${placeOf(this.settings)} did not become secure: ${words}.`, { cause: error });
  }

  #endedBefore(refused: Reply): Reply {
    this.#data?.destroy();
    this.#data = null;
    return refused;
  }
}

/** So long the server's reason is waited for when TLS fails on a data connection, in milliseconds. */
const INSECURE_WORD = 3000;

export function placeOf({ host, port }: Pick<FtpSettings, 'host' | 'port'>): string {
  return `${host}:${port}`;
}

/** The code of such a refusal is the same as of others (421, or 530 like a wrong password), so only its words can tell. */
export function saysTooMany({ message }: Reply): boolean {
  return /too many|maximum|max(?:\.| number)|limit|already (?:connected|logged)/i.test(message);
}
