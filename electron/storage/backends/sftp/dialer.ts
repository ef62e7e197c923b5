import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { trustOfferOf } from '../../../../shared/storage/trust-offer.ts';
import { openSocket } from '../../network/open-socket.ts';
import type { ProxyAddress } from '../../network/proxy.ts';
import { wrapError } from '../../wrap-error.ts';
import { SftpSession } from './protocol/session.ts';
import { SftpClient } from './protocol/sftp-client.ts';
import type { Credentials } from './ssh/authentication.ts';
import { type Endpoint, placeOf } from './ssh/endpoint.ts';
import { HostKeys } from './ssh/host-keys.ts';
import { SshConnection } from './ssh/ssh-connection.ts';

/** A signed-in connection with its SFTP channel. */
export interface Connection {
  readonly ssh: SshConnection;
  readonly sftp: SftpClient;
}

export interface Hop {
  readonly endpoint: Endpoint;
  readonly credentials: Credentials;
}

export interface DialerOptions {
  readonly target: Hop;
  /** hosts to go through, the nearest first */
  readonly jumps: readonly Hop[];
  readonly hostKeys: HostKeys;
  readonly proxy: ProxyAddress | null;
  /** milliseconds */
  readonly silence: number;
}

/** Longest wait for a TCP connection, in milliseconds. */
const CONNECT_LIMIT = 10_000;
/** A server has at most so many kinds of host keys. */
const MAX_KINDS = 5;

/** Makes connections to one server, each like the others. */
export class Dialer {
  readonly #options: DialerOptions;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  get place(): string {
    return placeOf(this.#options.target.endpoint);
  }

  /** @throws StorageError untrusted_server, authentication_failed, unsupported (no SFTP there), unavailable, canceled */
  async dial(signal?: AbortSignal): Promise<Connection> {
    const { target, jumps, silence } = this.#options;
    let socket: Socket | null = null;
    let near: SshConnection | null = null;
    try {
      for (const hop of [...jumps, target]) {
        const before: SshConnection | null = near;
        const reads = new Reads();
        const stream = async (): Promise<Duplex> => {
          if (before !== null) return before.forward(hop.endpoint);
          reads.kept = true;
          socket = await this.#openSocket(hop.endpoint, reads, signal);
          return socket;
        };
        near = await this.#connect(hop, hop !== target, stream, reads, signal);
        if (before !== null) near.onLost(() => before.end());
      }
      const ssh = near as SshConnection;
      const channel = await ssh.subsystem('sftp');
      channel.stderr.resume();
      const sent = (): number => (socket === null ? 0 : socket.bytesWritten - socket.writableLength);
      const together = (write: () => void): void => (socket === null ? write() : togetherIn(socket, write));
      const session = await SftpSession.open(channel, { where: this.place, silence, sent, together, giveUp: () => ssh.end('it was given up') });
      ssh.onLost((error) => session.fail(error));
      return { ssh, sftp: await SftpClient.over(session) };
    } catch (error) {
      near?.end();
      (socket as Socket | null)?.destroy();
      if (signal?.aborted === true) throw new StorageError('canceled', 'Canceled.', { cause: error });
      throw error;
    }
  }

  async #openSocket(endpoint: Endpoint, reads: Reads, signal: AbortSignal | undefined): Promise<Socket> {
    const { proxy, silence } = this.#options;
    try {
      return await openSocket({ host: endpoint.host, port: endpoint.port, proxy, timeout: Math.min(silence, CONNECT_LIMIT), take: reads.take, signal });
    } catch (error) {
      throw wrapError(error, `connect to ${placeOf(endpoint)}`, { host: endpoint.host, port: endpoint.port });
    }
  }

  /** A pin does not say which of a server's keys it is of: before a server is called another one, each of its keys is looked at. */
  async #connect({ endpoint, credentials }: Hop, isJump: boolean, stream: () => Promise<Duplex>, reads: Reads, signal: AbortSignal | undefined): Promise<SshConnection> {
    const { hostKeys, silence } = this.#options;
    const without: string[] = [];
    let first: StorageError | null = null;
    for (let kinds = 0; kinds < MAX_KINDS; kinds++) {
      let shown: readonly string[] = [];
      const judge = (blob: Buffer): StorageError | null => {
        shown = HostKeys.alike(blob);
        return hostKeys.verdict(endpoint, blob, isJump);
      };
      try {
        return await SshConnection.open({ endpoint, credentials, judge, hostKeyAlgorithms: { first: hostKeys.preferred(endpoint), without }, stream: await stream(), silence, lean: reads.lean, signal });
      } catch (error) {
        const refused = error instanceof StorageError && trustOfferOf(error)?.trust === 'changed';
        if (!refused || shown.length === 0) throw first ?? error;
        first ??= error;
        if (!hostKeys.isPinned(endpoint, isJump)) throw first;
        without.push(...shown);
      }
    }
    throw first ?? new StorageError('unexpected', `${placeOf(endpoint)} was not asked for its key.`);
  }
}

/** What a socket gives: in memory that is used again once those who listen are known to look at it no longer than they are called, else in copies. */
class Reads {
  kept = true;
  readonly lean = (isLean: boolean): void => {
    this.kept = !isLean;
  };
  readonly take = (bytes: Buffer, socket: Socket): void => {
    socket.emit('data', this.kept ? Buffer.from(bytes) : bytes);
  };
}

/** What is written meanwhile leaves in one go: each packet alone would cost a call into the system and wake the server. */
function togetherIn(socket: Socket, write: () => void): void {
  socket.cork();
  try {
    write();
  } finally {
    socket.uncork();
  }
}
