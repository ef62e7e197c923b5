import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import type { FtpLies } from './ftp-fixture/ftp-lies.ts';
import { type FtpFixtureState, FtpSession } from './ftp-fixture/ftp-session.ts';
import { FtpStore } from './ftp-fixture/ftp-store.ts';

export type { FtpLies } from './ftp-fixture/ftp-lies.ts';

export interface FtpFixtureOptions {
  readonly host?: '127.0.0.1' | '::1';
  readonly lies?: FtpLies;
}

/**
 * A small FTP server of the tests, in memory, that lies as it is told. It is no example of a good server: what it does right is only what
 * lets a client come to the lie.
 */
export class FtpFixture implements FtpFixtureState {
  readonly user = 'user';
  readonly password = 'pw-fixture-7f3a';
  readonly store = new FtpStore();
  /** all commands of all connections, passwords included */
  readonly commands: string[] = [];
  lies: FtpLies;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #connections = 0;

  private constructor(lies: FtpLies) {
    this.lies = lies;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async start({ host = '127.0.0.1', lies = {} }: FtpFixtureOptions = {}): Promise<FtpFixture> {
    const fixture = new FtpFixture(lies);
    await new Promise<void>((resolve, reject) => fixture.#server.once('error', reject).listen(0, host, resolve));
    return fixture;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get host(): string {
    return (this.#server.address() as AddressInfo).address;
  }

  /** control connections so far, those that were refused too */
  get connections(): number {
    return this.#connections;
  }

  /** Ends all connections as a server does that goes down. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.hangUp();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#connections += 1;
    const { mostConnections = Infinity } = this.lies;
    if (this.#sockets.size >= mostConnections) {
      socket.on('error', () => undefined).resume().end('421 Too many connections from your address.\r\n');
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    new FtpSession(this, socket);
  }
}
