import type { Duplex } from 'node:stream';
import { StorageError } from '../../../../../shared/storage/errors.ts';
import { returnMemory } from '../../../../integrity/return-memory.ts';
import { ConnectionLost } from '../connection-lost.ts';
import { REPLY, REQUEST, STATUS } from './constants.ts';
import { PacketAssembler } from './packets.ts';
import { SftpStatus } from './status.ts';
import { type Field, WireReader, brokenProtocol, request, writeRequest } from './wire.ts';

export interface SessionOptions {
  /** for messages: host and port */
  readonly where: string;
  /** how long the server may stay silent while something is asked, in milliseconds */
  readonly silence: number;
  /** counts bytes that left this computer, so that a slow line is not taken for a silent server */
  readonly sent: () => number;
  /** what is written to the channel meanwhile leaves in one go */
  readonly together: (write: () => void) => void;
  /** ends the connection that the channel belongs to */
  readonly giveUp: () => void;
}

export interface AskOptions {
  /** milliseconds that this may take longer than other requests, e.g. because the server works through a whole file */
  readonly allowance?: number;
  /** the end of the file is an answer, and no failure */
  readonly mayEnd?: boolean;
}

/** A reply that is no refusal. */
export interface Reply {
  readonly type: number;
  /** there was nothing left to read, which only a request that may end is told */
  readonly ended: boolean;
  readonly reader: WireReader;
}

interface Pending {
  readonly allowance: number;
  readonly mayEnd: boolean;
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

const VERSION = 3;
const FIRST_ID = 1;
const MAX_ID = 0xffffffff;
/** Shorter requests that are made in one turn share an SSH packet, each of which costs a cipher and memory here and there; copying longer ones costs more. */
const JOINED_UP_TO = 16 * 1024;
/** What an SSH packet has besides the bytes of a channel: its kind, channel and lengths, and up to 255 bytes of padding. */
const FRAME = 1 + 1 + 4 + 4 + 255;
/** After so long without a request the server is asked something, so that neither it nor a router on the way takes the connection for dead; milliseconds. */
const IDLE = 30_000;

/**
 * SFTP version 3 over one channel: numbered requests, any number of them under way. Every request is answered or fails: with the channel,
 * or when the server stays silent for too long. Its own client, because the library's keeps names and replies of extensions to itself and
 * never answers what is asked after the connection is gone.
 */
export class SftpSession {
  readonly extensions: ReadonlyMap<string, string>;
  readonly #channel: Duplex;
  readonly #options: SessionOptions;
  readonly #pending = new Map<number, Pending>();
  #nextId = FIRST_ID;
  #lost: StorageError | null = null;
  #heard = 0;
  #sent = 0;
  #watch: NodeJS.Timeout | null = null;
  #idle: NodeJS.Timeout | null = null;
  #leaving: Uint8Array[] = [];

  private constructor(channel: Duplex, extensions: ReadonlyMap<string, string>, options: SessionOptions) {
    this.#channel = channel;
    this.extensions = extensions;
    this.#options = options;
    this.#restOften();
  }

  /** Speaks the first words. What the channel gives belongs to the session. @throws StorageError unavailable when no SFTP server answers */
  static open(channel: Duplex, options: SessionOptions): Promise<SftpSession> {
    return new Promise((resolve, reject) => {
      let session: SftpSession | null = null;
      const timer = setTimeout(() => fail(new ConnectionLost(options.where, `its SFTP server stayed silent for ${options.silence / 1000} s`)), options.silence);
      const fail = (error: StorageError): void => {
        clearTimeout(timer);
        reject(error);
        session?.fail(error);
        channel.destroy();
      };
      const assembler = new PacketAssembler((packet) => {
        if (session !== null) return session.#receive(packet);
        clearTimeout(timer);
        session = new SftpSession(channel, readVersion(packet), options);
        resolve(session);
      });
      channel.on('data', (piece: Buffer) => {
        try {
          assembler.push(piece);
          // The library decrypts each packet into memory of its own, and this is what it carried.
          if (piece.buffer.byteLength - piece.length <= FRAME) returnMemory(piece);
        } catch (error) {
          fail(error instanceof StorageError ? error : brokenProtocol(String(error)));
        }
      });
      channel.on('error', (error) => fail(new ConnectionLost(options.where, error.message, error)));
      for (const end of ['end', 'close']) channel.once(end, () => fail(new ConnectionLost(options.where, session === null ? 'its SFTP server ended before it began' : 'the server ended it')));
      const hello = Buffer.from([0, 0, 0, 5, REQUEST.init, 0, 0, 0, VERSION]);
      channel.write(hello);
    });
  }

  /** Null while it can be used. */
  get lost(): StorageError | null {
    return this.#lost;
  }

  /** requests under way */
  get load(): number {
    return this.#pending.size;
  }

  /** @throws SftpStatus when the server refuses; StorageError unavailable when the connection is gone or silent */
  ask(type: number, fields: readonly Field[], options: AskOptions = {}): Promise<Reply> {
    return this.#begin(options, (id) => this.#send(request(type, id, fields)));
  }

  /** As {@link ask}, for requests that are answered by a status alone. */
  async do(type: number, fields: readonly Field[], options: AskOptions = {}): Promise<void> {
    const { type: answered } = await this.ask(type, fields, options);
    if (answered !== REPLY.status) throw this.#unfit(answered);
  }

  /** As {@link ask}. @returns the reply's contents */
  async get(type: number, fields: readonly Field[], expected: number, options: AskOptions = {}): Promise<WireReader> {
    const { type: answered, reader } = await this.ask(type, fields, options);
    if (answered !== expected) throw this.#unfit(answered);
    return reader;
  }

  /** As {@link get}. @returns null at the end of the file */
  async getOrEnd(type: number, fields: readonly Field[], expected: number): Promise<WireReader | null> {
    const { type: answered, ended, reader } = await this.ask(type, fields, { mayEnd: true });
    if (ended) return null;
    if (answered !== expected) throw this.#unfit(answered);
    return reader;
  }

  /** Sends a WRITE without a copy of its bytes, which must stay as they are until it is answered. */
  async write(handle: Uint8Array, offset: number, bytes: Uint8Array): Promise<void> {
    const { type } = await this.#begin({}, (id) => {
      this.#send(writeRequest(id, handle, offset, bytes.length));
      this.#send(bytes);
    });
    if (type !== REPLY.status) throw this.#unfit(type);
  }

  /** Fails all that is under way and all that comes. */
  fail(error: StorageError): void {
    if (this.#lost !== null) return;
    this.#lost = error;
    if (this.#watch !== null) clearTimeout(this.#watch);
    if (this.#idle !== null) clearInterval(this.#idle);
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error);
    this.#options.giveUp();
  }

  #send(bytes: Uint8Array): void {
    if (this.#leaving.length === 0) setImmediate(() => this.#leave());
    this.#leaving.push(bytes);
  }

  #leave(): void {
    const leaving = this.#leaving;
    this.#leaving = [];
    if (this.#lost !== null) return;
    this.#options.together(() => {
      for (const piece of joined(leaving)) this.#channel.write(piece);
    });
  }

  #begin({ allowance = 0, mayEnd = false }: AskOptions, send: (id: number) => void): Promise<Reply> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      const id = this.#takeId();
      if (this.#pending.size === 0) this.#heardNow();
      this.#pending.set(id, { allowance, mayEnd, resolve, reject });
      send(id);
      if (this.#watch === null) {
        this.#sent = this.#progress();
        this.#watch = this.#watchFor(this.#options.silence);
      }
    });
  }

  #takeId(): number {
    do this.#nextId = this.#nextId >= MAX_ID ? FIRST_ID : this.#nextId + 1;
    while (this.#pending.has(this.#nextId));
    return this.#nextId;
  }

  #receive(packet: Buffer): void {
    this.#heardNow();
    const reader = new WireReader(packet);
    const type = reader.byte();
    const id = reader.uint32();
    const pending = this.#pending.get(id);
    if (pending === undefined) throw brokenProtocol(`it answers request ${id}, which was not made`);
    this.#pending.delete(id);
    const status = type === REPLY.status ? reader.uint32() : STATUS.ok;
    const ended = status === STATUS.eof && pending.mayEnd;
    if (ended || status === STATUS.ok) pending.resolve({ type, ended, reader });
    else pending.reject(refusal(status, reader));
  }

  #unfit(type: number): StorageError {
    const error = brokenProtocol(`it answers with a packet of type ${type}`);
    this.fail(error);
    return error;
  }

  #heardNow(): void {
    this.#heard = performance.now();
  }

  /** Looks often enough that progress long ago does not count as new. */
  #watchFor(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => this.#look(), Math.min(milliseconds, this.#options.silence / 4));
  }

  #progress(): number {
    return this.#options.sent() - this.#channel.writableLength;
  }

  /** Bytes that leave this computer are a sign of life too: on a slow line the answers come long after them. */
  #look(): void {
    this.#watch = null;
    if (this.#pending.size === 0) return;
    const sent = this.#progress();
    if (sent !== this.#sent) this.#heardNow();
    this.#sent = sent;
    const allowance = [...this.#pending.values()].reduce((most, pending) => Math.max(most, pending.allowance), 0);
    const left = this.#heard + this.#options.silence + allowance - performance.now();
    if (left > 0) {
      this.#watch = this.#watchFor(left);
      return;
    }
    this.fail(new ConnectionLost(this.#options.where, `the server stayed silent for ${this.#options.silence / 1000} s`));
  }

  #restOften(): void {
    this.#idle = setInterval(() => {
      if (this.#pending.size === 0) this.get(REQUEST.realpath, ['.'], REPLY.name).catch(() => undefined);
    }, IDLE);
    this.#idle.unref();
  }
}

function readVersion(packet: Buffer): ReadonlyMap<string, string> {
  const reader = new WireReader(packet);
  const type = reader.byte();
  const version = reader.uint32();
  if (type !== REPLY.version || version < VERSION) throw brokenProtocol(`expected version ${VERSION}, got ${type === REPLY.version ? version : `a packet of type ${type}`}`);
  const extensions = new Map<string, string>();
  while (reader.left > 0) {
    const name = reader.string().toString('utf8');
    extensions.set(name, reader.string().toString('latin1'));
  }
  return extensions;
}

/** Some servers leave the words out. */
function refusal(status: number, reader: WireReader): SftpStatus {
  const words = reader.left >= 4 ? reader.string().toString('utf8') : '';
  return new SftpStatus(status, words.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim().slice(0, 300) || `status ${status}`);
}

/** Short pieces that follow one another become one. */
function* joined(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  let run: Uint8Array[] = [];
  let length = 0;
  for (const piece of pieces) {
    if (length > 0 && length + piece.length > JOINED_UP_TO) {
      yield run.length === 1 ? run[0] as Uint8Array : Buffer.concat(run, length);
      run = [];
      length = 0;
    }
    run.push(piece);
    length += piece.length;
  }
  if (length > 0) yield run.length === 1 ? run[0] as Uint8Array : Buffer.concat(run, length);
}
