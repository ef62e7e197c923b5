import { type HashName, parseHashName } from '../../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../../shared/storage/errors.ts';
import { type Attributes, type NewAttributes, NO_ATTRIBUTES, readAttributes, writeAttributes } from './attributes.ts';
import { EXTENSION, REPLY, REQUEST } from './constants.ts';
import type { AskOptions, SftpSession } from './session.ts';
import type { WireReader } from './wire.ts';

/** A path on the server; bytes where it came from the server and is no valid UTF-8. */
export type RemotePath = string | Uint8Array;

/** An open file or folder of the server. */
export type Handle = Buffer;

/** One entry of a folder. */
export interface Entry {
  /** as the server sent it */
  readonly bytes: Buffer;
  readonly name: string;
  readonly attributes: Attributes;
}

/** Room of a file system, in bytes, and the longest name it keeps, in bytes; null where the server says 0. */
export interface FileSystemFacts {
  readonly available: number;
  readonly used: number;
  readonly longestName: number | null;
  /** files that can still be made; null where there is no limit */
  readonly freeFiles: number | null;
  /** it is mounted so that nobody can write */
  readonly readOnly: boolean;
}

/** Every server must take so much at once (draft-ietf-secsh-filexfer-02 section 3). */
const SAFE_LENGTH = 32_768;
/** More in one piece gains nothing and makes a canceled transfer wait. */
const MAX_LENGTH = 256 * 1024;

/** The requests of SFTP version 3 and of the extensions that Holdfast uses, each a promise. */
export class SftpClient {
  readonly session: SftpSession;
  /** bytes that one READ may ask for and one WRITE may carry */
  readonly maxRead: number;
  readonly maxWrite: number;

  private constructor(session: SftpSession, maxRead: number, maxWrite: number) {
    this.session = session;
    this.maxRead = maxRead;
    this.maxWrite = maxWrite;
  }

  static async over(session: SftpSession): Promise<SftpClient> {
    if (!session.extensions.has(EXTENSION.limits)) return new SftpClient(session, SAFE_LENGTH, SAFE_LENGTH);
    const reader = await session.get(REQUEST.extended, [EXTENSION.limits], REPLY.extended);
    reader.uint64();
    const [read, write] = [reader.uint64(), reader.uint64()];
    return new SftpClient(session, lengthOf(read), lengthOf(write));
  }

  offers(extension: string): boolean {
    return this.session.extensions.has(extension);
  }

  async open(path: RemotePath, flags: number, attributes: NewAttributes = {}): Promise<Handle> {
    return this.#handle(await this.session.get(REQUEST.open, [path, flags, ...writeAttributes(attributes)], REPLY.handle));
  }

  close(handle: Handle): Promise<void> {
    return this.session.do(REQUEST.close, [handle]);
  }

  /** @returns null at the end of the file; may be shorter than asked for */
  async read(handle: Handle, offset: number, length: number): Promise<Buffer | null> {
    return (await this.session.getOrEnd(REQUEST.read, [handle, BigInt(offset), length], REPLY.data))?.string() ?? null;
  }

  write(handle: Handle, offset: number, bytes: Uint8Array): Promise<void> {
    return this.session.write(handle, offset, bytes);
  }

  /** Follows links. */
  async stat(path: RemotePath): Promise<Attributes> {
    return readAttributes(await this.session.get(REQUEST.stat, [path], REPLY.attrs));
  }

  async lstat(path: RemotePath): Promise<Attributes> {
    return readAttributes(await this.session.get(REQUEST.lstat, [path], REPLY.attrs));
  }

  async fstat(handle: Handle): Promise<Attributes> {
    return readAttributes(await this.session.get(REQUEST.fstat, [handle], REPLY.attrs));
  }

  setAttributes(handle: Handle, attributes: NewAttributes): Promise<void> {
    return this.session.do(REQUEST.fsetstat, [handle, ...writeAttributes(attributes)]);
  }

  async openFolder(path: RemotePath): Promise<Handle> {
    return this.#handle(await this.session.get(REQUEST.opendir, [path], REPLY.handle));
  }

  /** @returns null when there are no more */
  async readFolder(handle: Handle): Promise<readonly Entry[] | null> {
    const reader = await this.session.getOrEnd(REQUEST.readdir, [handle], REPLY.name);
    return reader === null ? null : readNames(reader);
  }

  remove(path: RemotePath): Promise<void> {
    return this.session.do(REQUEST.remove, [path]);
  }

  makeFolder(path: RemotePath): Promise<void> {
    return this.session.do(REQUEST.mkdir, [path, NO_ATTRIBUTES]);
  }

  removeFolder(path: RemotePath): Promise<void> {
    return this.session.do(REQUEST.rmdir, [path]);
  }

  async realPath(path: RemotePath): Promise<string> {
    const [first] = readNames(await this.session.get(REQUEST.realpath, [path], REPLY.name));
    if (first === undefined) throw new StorageError('unavailable', 'The server gives no real path.');
    return first.name;
  }

  async readLink(path: RemotePath): Promise<string> {
    const [first] = readNames(await this.session.get(REQUEST.readlink, [path], REPLY.name));
    return first?.name ?? '';
  }

  /** Refuses a target that exists, says the draft (section 6.5); not every server does. */
  rename(from: RemotePath, to: RemotePath): Promise<void> {
    return this.session.do(REQUEST.rename, [from, to]);
  }

  /** Replaces the target in one step. */
  posixRename(from: RemotePath, to: RemotePath): Promise<void> {
    return this.session.do(REQUEST.extended, [EXTENSION.posixRename, from, to]);
  }

  hardlink(from: RemotePath, to: RemotePath): Promise<void> {
    return this.session.do(REQUEST.extended, [EXTENSION.hardlink, from, to]);
  }

  fsync(handle: Handle, options: AskOptions = {}): Promise<void> {
    return this.session.do(REQUEST.extended, [EXTENSION.fsync, handle], options);
  }

  async fileSystem(path: RemotePath): Promise<FileSystemFacts> {
    const reader = await this.session.get(REQUEST.extended, [EXTENSION.statvfs, path], REPLY.extended);
    reader.uint64();
    const [unit, blocks, free, available] = [reader.uint64(), reader.uint64(), reader.uint64(), reader.uint64()];
    const files = reader.uint64();
    reader.uint64();
    const freeFiles = reader.uint64();
    reader.uint64();
    const flags = reader.uint64();
    const longestName = reader.uint64();
    return { available: available * unit, used: (blocks - free) * unit, longestName: longestName > 0 && Number.isFinite(longestName) ? longestName : null, freeFiles: files === 0 ? null : freeFiles, readOnly: flags % 2 === 1 };
  }

  /** All of the source to the same place of the target. */
  copyData(source: Handle, target: Handle, options: AskOptions = {}): Promise<void> {
    return this.session.do(REQUEST.extended, [EXTENSION.copyData, source, 0n, 0n, target, 0n], options);
  }

  /**
   * The digest of the first `length` bytes; all of them when 0 (draft-ietf-secsh-filexfer-extensions-00 section 3).
   * @returns null when the server used another algorithm
   */
  async checkFile(path: RemotePath, algorithm: HashName, length: number, options: AskOptions = {}): Promise<string | null> {
    const reader = await this.session.get(REQUEST.extended, [EXTENSION.checkFileName, path, algorithm, 0n, BigInt(length), 0], REPLY.extended, options);
    // The draft has the name of the extension first; not every server sends it.
    const first = reader.string().toString('latin1');
    const used = first === 'check-file' ? reader.string().toString('latin1') : first;
    return isSameAlgorithm(used, algorithm) ? reader.rest().toString('hex') : null;
  }

  #handle(reader: WireReader): Handle {
    // The packet's memory is freed earlier when the few bytes of a handle are copied.
    return Buffer.from(reader.string());
  }
}

function lengthOf(limit: number): number {
  return limit === 0 ? SAFE_LENGTH : Math.min(limit, MAX_LENGTH);
}

function isSameAlgorithm(name: string, algorithm: HashName): boolean {
  try {
    return parseHashName(name) === algorithm;
  } catch {
    return false;
  }
}

function readNames(reader: WireReader): readonly Entry[] {
  const entries: Entry[] = [];
  for (let count = reader.uint32(); count > 0; count--) {
    const bytes = Buffer.from(reader.string());
    reader.string();
    entries.push({ bytes, name: bytes.toString('utf8'), attributes: readAttributes(reader) });
  }
  return entries;
}
