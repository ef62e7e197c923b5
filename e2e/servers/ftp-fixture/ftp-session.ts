import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { FtpLies } from './ftp-lies.ts';
import type { FtpStore } from './ftp-store.ts';

const FEATURES = ['EPSV', 'HASH SHA-256*', 'MDTM', 'MFMT', 'MLST type*;size*;modify*;', 'REST STREAM', 'SIZE', 'UTF8'];

/** What all connections share. */
export interface FtpFixtureState {
  readonly password: string;
  readonly store: FtpStore;
  readonly commands: string[];
  readonly lies: FtpLies;
}

/** One control connection, one command after the other. */
export class FtpSession {
  readonly #fixture: FtpFixtureState;
  #socket: Socket;
  #pending = '';
  #queue: Promise<void> = Promise.resolve();
  #passive: { readonly server: Server; readonly socket: Promise<Socket> } | null = null;
  #offset = 0;
  #renaming = '';

  constructor(fixture: FtpFixtureState, socket: Socket) {
    this.#fixture = fixture;
    this.#socket = socket;
    this.#listen(socket);
    socket.once('close', () => this.#passive?.server.close());
    this.#say('220 fixture');
  }

  #listen(socket: Socket): void {
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      const lines = (this.#pending + data.toString('utf8')).split('\r\n');
      this.#pending = lines.pop() ?? '';
      for (const line of lines) this.#queue = this.#queue.then(() => this.#serve(line)).catch(() => void this.#socket.destroy());
    });
  }

  #say(...lines: readonly string[]): void {
    if (!this.#socket.destroyed) this.#socket.write(lines.map((line) => `${line}\r\n`).join(''));
  }

  async #serve(line: string): Promise<void> {
    const { commands, lies } = this.#fixture;
    commands.push(line);
    const space = line.indexOf(' ');
    const name = (space < 0 ? line : line.slice(0, space)).toUpperCase();
    const argument = space < 0 ? '' : line.slice(space + 1);
    const told = lies.reply?.(name, argument);
    if (told === null) return void this.#socket.destroy();
    if (told !== undefined) return this.#say(...told.split('\n'));
    const handler = lies.unknown?.includes(name) === true ? undefined : this.#handlers[name];
    const reply = handler === undefined ? '502 Not known.' : await handler(argument);
    if (lies.loseAnswerTo?.includes(name) === true) return void this.#socket.destroy();
    if (reply !== null) this.#say(...reply.split('\n'));
  }

  readonly #handlers: Readonly<Record<string, (argument: string) => string | null | Promise<string | null>>> = {
    USER: () => '331 Password?',
    PASS: (password) => (password === this.#fixture.password ? '230 Welcome.' : `530 ${password} is wrong.`),
    AUTH: () => this.#secure(),
    PBSZ: () => '200 OK.',
    PROT: () => '200 OK.',
    TYPE: () => '200 OK.',
    NOOP: () => '200 OK.',
    OPTS: (argument) => (/^(?:UTF8|HASH)/i.test(argument) ? '200 OK.' : '501 No.'),
    FEAT: () => ['211-Features', ...(this.#fixture.lies.features ?? FEATURES).map((feature) => ` ${feature}`), '211 End'].join('\n'),
    PWD: () => '257 "/" is here.',
    CWD: (path) => (this.#store.folders.has(path) ? '250 OK.' : '550 Failed.'),
    EPSV: async () => `229 Extended (|||${await this.#open()}|)`,
    PASV: async () => {
      const port = await this.#open();
      return `227 Passive (${this.#fixture.lies.pasvHost ?? '127,0,0,1'},${port >> 8},${port & 255})`;
    },
    REST: (offset) => {
      this.#offset = Number(offset);
      return '350 OK.';
    },
    SIZE: (path) => this.#ofFile(path, (bytes) => `213 ${this.#sizeOf(bytes)}`),
    MDTM: (path) => this.#ofFile(path, () => `213 ${this.#store.modified.get(path) ?? ''}`),
    MFMT: (argument) => {
      const path = argument.slice(15);
      this.#store.modified.set(path, argument.slice(0, 14));
      return this.#ofFile(path, () => '213 OK.');
    },
    HASH: (path) => this.#ofFile(path, (bytes) => `213 SHA-256 0-${bytes.length} ${this.#fixture.lies.digest?.(this.#store.sha256(path) ?? '') ?? this.#store.sha256(path)} ${path}`),
    MLST: (path) => (this.#facts(path) === null ? '550 No such file or directory.' : `250-Here\n ${this.#facts(path)} ${path}\n250 End`),
    MLSD: (path) => (this.#store.folders.has(path) ? this.#send(this.#listing(path, (name) => `${this.#facts(`${path === '/' ? '' : path}/${name}`)} ${name}`)) : '550 No such file or directory.'),
    LIST: () => this.#send(this.#listing('/', (name) => `-rw-r--r-- 1 u g ${this.#store.files.get(`/${name}`)?.length ?? 0} Jan 1 00:00 ${name}`)),
    RETR: (path) => this.#ofFile(path, (bytes) => this.#send(this.#fixture.lies.sends?.(bytes.subarray(this.#takeOffset())) ?? bytes.subarray(this.#takeOffset()))),
    STOR: (path) => this.#receive(path, (bytes, offset) => Buffer.concat([this.#store.files.get(path)?.subarray(0, offset) ?? Buffer.alloc(0), bytes])),
    APPE: (path) => this.#receive(path, (bytes) => Buffer.concat([this.#store.files.get(path) ?? Buffer.alloc(0), bytes])),
    DELE: (path) => (this.#store.files.delete(path) ? '250 OK.' : '550 No such file or directory.'),
    MKD: (path) => {
      if (this.#store.folders.has(path) || this.#store.files.has(path)) return '550 File exists.';
      this.#store.folders.add(path);
      return '257 OK.';
    },
    RMD: (path) => (this.#store.children(path).length > 0 ? '550 Directory not empty.' : this.#store.folders.delete(path) ? '250 OK.' : '550 No such file or directory.'),
    RNFR: (path) => {
      this.#renaming = path;
      return this.#ofFile(path, () => '350 To what?');
    },
    RNTO: (path) => (this.#store.rename(this.#renaming, path) ? '250 OK.' : '550 No such file or directory.'),
    QUIT: () => '221 Bye.',
  };

  get #store(): FtpStore {
    return this.#fixture.store;
  }

  #sizeOf(bytes: Buffer): number {
    return this.#fixture.lies.size?.(bytes) ?? bytes.length;
  }

  #takeOffset(): number {
    const offset = this.#offset;
    this.#offset = 0;
    return offset;
  }

  #ofFile<T>(path: string, tell: (bytes: Buffer) => T): T | string {
    const bytes = this.#store.files.get(path);
    return bytes === undefined ? '550 No such file or directory.' : tell(bytes);
  }

  #facts(path: string): string | null {
    if (this.#store.folders.has(path)) return 'type=dir;';
    const bytes = this.#store.files.get(path);
    return bytes === undefined ? null : `type=file;size=${this.#sizeOf(bytes)};modify=${this.#store.modified.get(path) ?? ''};`;
  }

  #listing(folder: string, line: (name: string) => string): Buffer {
    const { listing } = this.#fixture.lies;
    return Buffer.from(listing ?? this.#store.children(folder).map((name) => `${line(name)}\r\n`).join(''));
  }

  async #open(): Promise<number> {
    this.#passive?.server.close();
    const server = createServer();
    const socket = new Promise<Socket>((resolve) => server.once('connection', resolve));
    this.#passive = { server, socket };
    await new Promise<void>((resolve) => server.listen(0, this.#socket.localAddress, resolve));
    return (server.address() as AddressInfo).port;
  }

  async #data(): Promise<Socket | null> {
    const passive = this.#passive;
    this.#passive = null;
    if (passive === null) return null;
    const socket = await passive.socket;
    passive.server.close();
    return socket.on('error', () => undefined);
  }

  async #send(bytes: Buffer): Promise<string> {
    const data = await this.#data();
    if (data === null) return '425 No data connection.';
    this.#say('150 Here it comes.');
    await new Promise<void>((resolve) => data.end(bytes, resolve));
    return '226 Done.';
  }

  async #receive(path: string, merge: (bytes: Buffer, offset: number) => Buffer): Promise<string> {
    const offset = this.#takeOffset();
    if (!this.#store.folders.has(this.#store.parentOf(path))) return '553 Failed.';
    const data = await this.#data();
    if (data === null) return '425 No data connection.';
    this.#say('150 Go on.');
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of data) chunks.push(chunk as Buffer);
    } catch {
      // What came until then is kept, as servers do.
    }
    const bytes = Buffer.concat(chunks);
    this.#store.put(path, merge(this.#fixture.lies.keeps?.(bytes) ?? bytes, offset));
    return '226 Done.';
  }

  #secure(): string | null {
    const { secureContext } = this.#fixture.lies;
    if (secureContext === undefined) return '502 Not known.';
    this.#say('234 Go on.');
    const secure = new TLSSocket(this.#socket, { isServer: true, secureContext });
    this.#socket.removeAllListeners('data');
    this.#socket = secure;
    this.#listen(secure);
    return null;
  }
}
