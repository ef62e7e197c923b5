import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import type { AuthHandlerMiddleware, Client, ClientChannel, ServerHostKeyAlgorithm } from 'ssh2';
import { StorageError } from '../../../../../shared/storage/errors.ts';
import { wrapError } from '../../../wrap-error.ts';
import { ConnectionLost } from '../connection-lost.ts';
import { Authentication, type Credentials } from './authentication.ts';
import { type Endpoint, placeOf } from './endpoint.ts';
import { leanPackets } from './lean-packets.ts';

/** Verdict over the host key that a server shows. @returns null when it is trusted */
export type JudgeHostKey = (blob: Buffer) => StorageError | null;

export interface SshOptions {
  readonly endpoint: Endpoint;
  readonly credentials: Credentials;
  readonly judge: JudgeHostKey;
  /** algorithms of host keys to ask for first, and those not to be asked for */
  readonly hostKeyAlgorithms: { readonly first: readonly string[]; readonly without: readonly string[] };
  /** connected to the server */
  readonly stream: Socket | Duplex;
  /** how long the server may stay silent until somebody is signed in, in milliseconds */
  readonly silence: number;
  /** told after every exchange of keys whether the memory of what the stream gave can be used again as soon as its 'data' was emitted */
  readonly lean?: (isLean: boolean) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Errors of the library after which it goes on by itself with the next way to sign in. */
const GOES_ON: ReadonlySet<string> = new Set(['agent']);
/** SSH_DISCONNECT codes that speak of signing in (RFC 4253 section 11.1): no more methods, illegal user; OpenSSH sends 2 after too many failures. */
const REFUSALS: ReadonlySet<number> = new Set([2, 14, 15]);

/** A signed-in SSH connection. */
export class SshConnection {
  readonly endpoint: Endpoint;
  /** what the server calls itself, e.g. `SSH-2.0-OpenSSH_9.2p1` */
  readonly software: string;
  readonly #client: Client;
  readonly #losses = new Set<(error: ConnectionLost) => void>();
  #lost: ConnectionLost | null = null;

  private constructor(client: Client, endpoint: Endpoint, software: string) {
    this.#client = client;
    this.endpoint = endpoint;
    this.software = software;
    client.on('error', (error) => this.#lose(error.message.replace(/\.$/, ''), error));
    client.on('close', () => this.#lose('the server closed it'));
  }

  /** @throws StorageError untrusted_server, authentication_failed, unavailable, canceled */
  static open({ endpoint, credentials, judge, hostKeyAlgorithms, stream, silence, lean = () => undefined, signal }: SshOptions): Promise<SshConnection> {
    return new Promise((resolve, reject) => {
      const client = new ssh2.Client();
      const authentication = new Authentication(credentials, endpoint);
      let verdict: StorageError | null = null;
      let secure = false;
      let software = '';

      const settle = (action: () => void): void => {
        signal?.removeEventListener('abort', onAbort);
        client.removeAllListeners('ready').removeAllListeners('close').removeAllListeners('error');
        action();
      };
      const fail = (error: StorageError): void => {
        settle(() => {
          client.on('error', () => undefined);
          stream.on('error', () => undefined).destroy();
          reject(error);
        });
      };
      const onAbort = (): void => fail(new StorageError('canceled', 'Canceled.', { cause: signal?.reason }));
      const onError = (error: Error & { readonly level?: string; readonly code?: string | number }): void => {
        if (GOES_ON.has(error.level ?? '')) return;
        if (verdict !== null) return fail(verdict);
        const refused = error.level === 'client-authentication' || (secure && typeof error.code === 'number' && REFUSALS.has(error.code));
        fail(refused ? authentication.refused(error) : failedHandshake(endpoint, error, silence));
      };
      client.once('ready', () => settle(() => resolve(new SshConnection(client, endpoint, software))));
      client.on('error', onError);
      client.once('close', () => fail(verdict ?? (secure ? authentication.refused() : failedHandshake(endpoint, new Error('the server closed the connection'), silence))));
      client.on('handshake', () => {
        secure = true;
        lean(leanPackets(client, stream));
      });

      if (signal?.aborted === true) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      const next: AuthHandlerMiddleware = (left, _partial, go) => go(authentication.next(left) ?? (false as never));
      client.connect({
        sock: stream as Socket,
        username: endpoint.user,
        authHandler: next,
        ident: 'Holdfast',
        readyTimeout: silence,
        algorithms: { serverHostKey: orderOf(hostKeyAlgorithms) },
        // Anything that this returns but undefined would be the verdict, a promise too.
        hostVerifier: (blob: Buffer, verify: (trusted: boolean) => void): void => {
          verdict = judge(blob);
          verify(verdict === null);
        },
      });
      readSoftware(stream, (line) => {
        software = line;
      });
    });
  }

  get lost(): ConnectionLost | null {
    return this.#lost;
  }

  onLost(listener: (error: ConnectionLost) => void): void {
    if (this.#lost !== null) listener(this.#lost);
    else this.#losses.add(listener);
  }

  /** @throws StorageError unsupported when the server has no such subsystem; unavailable */
  subsystem(name: string): Promise<ClientChannel> {
    return this.#channel(`start its subsystem ${name}`, (callback) => this.#client.subsys(name, callback));
  }

  /** Runs a command. @throws StorageError unsupported when the server runs none; unavailable */
  exec(command: string): Promise<ClientChannel> {
    return this.#channel('run a command', (callback) => this.#client.exec(command, callback));
  }

  /** A connection from the server to somewhere else. @throws StorageError unavailable when the server does not make it */
  async forward({ host, port }: Pick<Endpoint, 'host' | 'port'>): Promise<ClientChannel> {
    try {
      return await this.#channel(`connect to ${placeOf({ host, port })}`, (callback) => this.#client.forwardOut('127.0.0.1', 0, host, port, callback));
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'unsupported') throw error;
      throw new StorageError('unavailable', error.message, { cause: error.cause, context: error.context });
    }
  }

  end(why = 'it was closed here'): void {
    this.#lose(why);
  }

  /** The library forgets calls that are made, or not yet answered, when the connection ends. */
  #channel(doing: string, open: (callback: (error: Error | undefined, channel: ClientChannel) => void) => void): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== null) return reject(this.#lost);
      this.#losses.add(reject);
      const callback = (error: Error | undefined, channel: ClientChannel): void => {
        this.#losses.delete(reject);
        if (this.#lost !== null) reject(this.#lost);
        else if (error === undefined) resolve(channel);
        else reject(new StorageError('unsupported', `${placeOf(this.endpoint)} does not ${doing}: ${error.message.replace(/\.$/, '')}.`, { cause: error, context: { host: this.endpoint.host } }));
      };
      try {
        open(callback);
      } catch (error) {
        this.#losses.delete(reject);
        reject(new ConnectionLost(placeOf(this.endpoint), 'it is not connected any more', error));
      }
    });
  }

  #lose(why: string, cause?: unknown): void {
    if (this.#lost !== null) return;
    this.#lost = new ConnectionLost(placeOf(this.endpoint), why, cause);
    this.#client.end();
    // Whoever waits for a polite end of the other side waits for ever when that side is gone.
    setImmediate(() => this.#client.destroy());
    const listeners = [...this.#losses];
    this.#losses.clear();
    for (const listener of listeners) listener(this.#lost);
  }
}

function failedHandshake(endpoint: Endpoint, error: Error & { readonly level?: string }, silence: number): StorageError {
  const place = placeOf(endpoint);
  const unavailable = (message: string) => new StorageError('unavailable', message, { cause: error, context: { host: endpoint.host, port: endpoint.port } });
  if (error.level === 'client-timeout') return unavailable(`${place} accepted the connection, but signing in took longer than ${silence / 1000} s.`);
  if (error.level === 'handshake') return unavailable(`${place} and Holdfast found no common way to speak SSH: ${error.message.replace(/\.$/, '')}.`);
  const wrapped = wrapError(error, `reach ${place}`);
  return wrapped.code === 'unexpected' ? unavailable(`${place} did not begin an SSH connection: ${error.message.replace(/\.$/, '')}. Is it an SSH server, and does it take connections from here?`) : wrapped;
}

/** The library takes a list as exact, and fails on names that the runtime does not know. */
function orderOf({ first, without }: SshOptions['hostKeyAlgorithms']): Record<'append' | 'remove' | 'prepend', ServerHostKeyAlgorithm[]> {
  const wanted = first.filter((name) => !without.includes(name)) as ServerHostKeyAlgorithm[];
  // In this order: it removes before it puts in front.
  return { append: [], remove: [...first, ...without] as ServerHostKeyAlgorithm[], prepend: wanted };
}

/** The server's first line (RFC 4253 section 4.2), which the library keeps to itself. Lines before it are allowed. */
function readSoftware(stream: Duplex, found: (line: string) => void): void {
  let text = '';
  const onData = (piece: Buffer): void => {
    text += piece.toString('latin1');
    const line = /^SSH-[^\r\n]+(?=\r?\n)/m.exec(text)?.[0];
    if (line === undefined && text.length < 16_384) return;
    stream.off('data', onData);
    if (line !== undefined) found(line.slice(0, 255).replaceAll(/[^\x20-\x7e]/g, '?'));
  };
  stream.on('data', onData);
}
