import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

export interface SocksProxyOptions {
  /** names that only this proxy can resolve, so that who reaches them came through it */
  readonly names?: Readonly<Record<string, string>>;
  /** reply code to every request instead of connecting (RFC 1928 section 6), e.g. 2: not allowed */
  readonly refuseWith?: number;
  /** says nothing at all */
  readonly silent?: boolean;
}

/** A SOCKS proxy for tests, on loopback: version 5 without sign-in (RFC 1928) and version 4a. */
export class SocksProxy {
  /** every `version host:port` that was asked for, oldest first */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #options: SocksProxyOptions;
  readonly #sockets = new Set<Socket>();

  private constructor(options: SocksProxyOptions) {
    this.#options = options;
    this.#server = createServer((socket) => {
      this.#keep(socket);
      if (options.silent !== true) void this.#serve(socket).catch(() => socket.destroy());
    });
  }

  static async start(options: SocksProxyOptions = {}): Promise<SocksProxy> {
    const proxy = new SocksProxy(options);
    await new Promise<void>((resolve, reject) => proxy.#server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(socket: Socket): Promise<void> {
    const read = reader(socket);
    const [version = 0] = await read(1);
    if (version === 4) return this.#serve4(socket, read);
    const [methods = 0] = await read(1);
    await read(methods);
    socket.write(Buffer.from([5, 0]));
    const [, , , kind = 0] = await read(4);
    const host = kind === 1 ? [...(await read(4))].join('.') : kind === 3 ? (await read((await read(1))[0] ?? 0)).toString('utf8') : ipv6(await read(16));
    const port = (await read(2)).readUInt16BE();
    this.asked.push(`5 ${host}:${port}`);
    const reply = (code: number) => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
    this.#connect(socket, host, port, reply(0), reply(this.#options.refuseWith ?? 5));
  }

  async #serve4(socket: Socket, read: (count: number) => Promise<Buffer>): Promise<void> {
    await read(1);
    const port = (await read(2)).readUInt16BE();
    const address = await read(4);
    await text(read);
    const isName = address.readUInt32BE() < 256;
    const host = isName ? await text(read) : [...address].join('.');
    this.asked.push(`4 ${host}:${port}`);
    const reply = (code: number) => Buffer.from([0, code, 0, 0, 0, 0, 0, 0]);
    this.#connect(socket, host, port, reply(0x5a), reply(0x5b));
  }

  #connect(socket: Socket, host: string, port: number, granted: Buffer, refused: Buffer): void {
    const { names = {}, refuseWith } = this.#options;
    if (refuseWith !== undefined) return void socket.end(refused);
    const upstream = connect(port, names[host] ?? host);
    this.#keep(upstream);
    upstream.once('connect', () => {
      socket.write(granted);
      socket.pipe(upstream).pipe(socket);
      socket.resume();
    });
    upstream.once('error', () => socket.end(refused));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => this.#sockets.delete(socket));
  }
}

/** Exactly so many bytes at a time; what comes after them stays in the socket. */
function reader(socket: Socket): (count: number) => Promise<Buffer> {
  socket.pause();
  return async (count) => {
    if (count === 0) return Buffer.alloc(0);
    for (;;) {
      const bytes = socket.read(count) as Buffer | null;
      if (bytes !== null) return bytes;
      await new Promise<void>((resolve, reject) => {
        socket.once('readable', resolve);
        socket.once('close', () => reject(new Error('closed')));
      });
    }
  };
}

async function text(read: (count: number) => Promise<Buffer>): Promise<string> {
  const bytes: number[] = [];
  for (let [byte = 0] = await read(1); byte !== 0; [byte = 0] = await read(1)) bytes.push(byte);
  return Buffer.from(bytes).toString('utf8');
}

function ipv6(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_unused, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':');
}
