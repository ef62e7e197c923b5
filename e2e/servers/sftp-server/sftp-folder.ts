import { type FileHandle, lstat, mkdir, open, readdir, readlink, realpath, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { constants, type Stats } from 'node:fs';
import { join, posix } from 'node:path';
import ssh2 from 'ssh2';
import type { Attributes, SFTPWrapper } from 'ssh2';

/** What the server may do wrong, all while it says that it did well. */
export interface SftpLies {
  /** of each file only so many bytes are kept */
  readonly keepsOnly?: number;
  /** the byte at this offset is stored changed */
  readonly flipsAt?: number;
  /** sizes are told by so many bytes too large */
  readonly addsToSize?: number;
  /** further names in each folder */
  readonly names?: readonly string[];
  /** entries are told without their kind */
  readonly hidesKinds?: boolean;
  /** more bytes come than were asked for */
  readonly givesMore?: boolean;
  /** a rename is said to be done and is not */
  readonly renamesNothing?: boolean;
}

const { STATUS_CODE } = ssh2.utils.sftp;
const CODES: Readonly<Record<string, number>> = { ENOENT: STATUS_CODE.NO_SUCH_FILE, ENOTDIR: STATUS_CODE.NO_SUCH_FILE, EACCES: STATUS_CODE.PERMISSION_DENIED, EPERM: STATUS_CODE.PERMISSION_DENIED, ENAMETOOLONG: STATUS_CODE.BAD_MESSAGE };

/** One session: requests are worked off in their order, as real servers do. */
export class SftpFolder {
  readonly #sftp: SFTPWrapper;
  readonly #root: string;
  readonly #lies: () => SftpLies;
  readonly #files = new Map<number, FileHandle>();
  readonly #folders = new Map<number, { readonly path: string; read: boolean }>();
  #next = 1;
  #queue: Promise<void> = Promise.resolve();

  constructor(sftp: SFTPWrapper, root: string, lies: () => SftpLies) {
    this.#sftp = sftp;
    this.#root = root;
    this.#lies = lies;
    sftp.on('OPEN', (id, path, flags) => this.#answer(id, async () => sftp.handle(id, this.#handle(this.#files, await open(this.#at(path), systemFlags(flags))))));
    sftp.on('READ', (id, handle, offset, length) => this.#answer(id, () => this.#read(id, handle, offset, length)));
    sftp.on('WRITE', (id, handle, offset, data) => this.#answer(id, () => this.#write(id, handle, offset, data)));
    sftp.on('FSTAT', (id, handle) => this.#answer(id, async () => sftp.attrs(id, this.#attributes(await this.#file(handle).stat()))));
    sftp.on('FSETSTAT', (id, handle, attributes) => this.#answer(id, () => this.#setAttributes(id, handle, attributes)));
    sftp.on('CLOSE', (id, handle) => this.#answer(id, () => this.#close(id, handle)));
    sftp.on('OPENDIR', (id, path) => this.#answer(id, () => this.#openFolder(id, path)));
    sftp.on('READDIR', (id, handle) => this.#answer(id, () => this.#readFolder(id, handle)));
    sftp.on('STAT', (id, path) => this.#answer(id, async () => sftp.attrs(id, this.#attributes(await stat(this.#at(path))))));
    sftp.on('LSTAT', (id, path) => this.#answer(id, async () => sftp.attrs(id, this.#attributes(await lstat(this.#at(path))))));
    sftp.on('REMOVE', (id, path) => this.#answer(id, () => unlink(this.#at(path)).then(() => this.#ok(id))));
    sftp.on('MKDIR', (id, path) => this.#answer(id, () => mkdir(this.#at(path)).then(() => this.#ok(id))));
    sftp.on('RMDIR', (id, path) => this.#answer(id, () => rmdir(this.#at(path)).then(() => this.#ok(id))));
    sftp.on('RENAME', (id, from, to) => this.#answer(id, () => this.#rename(id, from, to)));
    sftp.on('REALPATH', (id, path) => this.#answer(id, () => this.#realPath(id, path)));
    sftp.on('READLINK', (id, path) => this.#answer(id, async () => this.#name(id, await readlink(this.#at(path)))));
    sftp.on('close', () => void Promise.all([...this.#files.values()].map((file) => file.close().catch(() => undefined))));
  }

  #answer(id: number, action: () => Promise<unknown>): void {
    this.#queue = this.#queue.then(async () => {
      try {
        await action();
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? '';
        this.#sftp.status(id, CODES[code] ?? STATUS_CODE.FAILURE, CODES[code] === undefined ? 'Failure' : code);
      }
    });
  }

  #ok(id: number): void {
    this.#sftp.status(id, STATUS_CODE.OK);
  }

  #at(path: string): string {
    return join(this.#root, posix.resolve('/', path));
  }

  #handle<T>(map: Map<number, T>, value: T): Buffer {
    const number = this.#next++;
    map.set(number, value);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(number);
    return handle;
  }

  #file(handle: Buffer): FileHandle {
    const file = this.#files.get(handle.readUInt32BE());
    if (file === undefined) throw new Error('no such handle');
    return file;
  }

  async #read(id: number, handle: Buffer, offset: number, length: number): Promise<void> {
    const { buffer, bytesRead } = await this.#file(handle).read(Buffer.alloc(Math.min(length, 32_768)), 0, undefined, offset);
    if (bytesRead === 0) return void this.#sftp.status(id, STATUS_CODE.EOF);
    this.#sftp.data(id, this.#lies().givesMore === true ? Buffer.concat([buffer.subarray(0, bytesRead), Buffer.alloc(length)]) : buffer.subarray(0, bytesRead));
  }

  async #write(id: number, handle: Buffer, offset: number, data: Buffer): Promise<void> {
    const { keepsOnly = Infinity, flipsAt = -1 } = this.#lies();
    const kept = Buffer.from(data.subarray(0, Math.max(0, keepsOnly - offset)));
    if (flipsAt >= offset && flipsAt < offset + kept.length) kept[flipsAt - offset] = (kept[flipsAt - offset] ?? 0) ^ 1;
    await this.#file(handle).write(kept, 0, kept.length, offset);
    this.#ok(id);
  }

  async #setAttributes(id: number, handle: Buffer, { size, mode, atime, mtime }: Partial<Attributes>): Promise<void> {
    const file = this.#file(handle);
    if (size !== undefined) await file.truncate(size);
    if (mode !== undefined) await file.chmod(mode & 0o7777);
    if (atime !== undefined && mtime !== undefined) await file.utimes(atime, mtime);
    this.#ok(id);
  }

  async #close(id: number, handle: Buffer): Promise<void> {
    const number = handle.readUInt32BE();
    if (!this.#folders.delete(number)) await this.#file(handle).close();
    this.#files.delete(number);
    this.#ok(id);
  }

  async #openFolder(id: number, path: string): Promise<void> {
    if (!(await stat(this.#at(path))).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
    this.#sftp.handle(id, this.#handle(this.#folders, { path: this.#at(path), read: false }));
  }

  async #readFolder(id: number, handle: Buffer): Promise<void> {
    const folder = this.#folders.get(handle.readUInt32BE());
    if (folder === undefined || folder.read) return void this.#sftp.status(id, STATUS_CODE.EOF);
    folder.read = true;
    const names = ['.', '..', ...(await readdir(folder.path))];
    const entries = await Promise.all(names.map(async (name) => ({ filename: name, longname: name, attrs: this.#attributes(await lstat(join(folder.path, name))) })));
    const invented = (this.#lies().names ?? []).map((name) => ({ filename: name, longname: name, attrs: { mode: 0o100644, uid: 0, gid: 0, size: 1, atime: 0, mtime: 0 } }));
    this.#sftp.name(id, [...entries, ...invented]);
  }

  /** As the draft says: never onto a name that is taken. */
  async #rename(id: number, from: string, to: string): Promise<void> {
    if (this.#lies().renamesNothing === true) return this.#ok(id);
    await lstat(this.#at(from));
    const taken = await lstat(this.#at(to)).then(() => true, () => false);
    if (taken) throw new Error('taken');
    await rename(this.#at(from), this.#at(to));
    this.#ok(id);
  }

  async #realPath(id: number, path: string): Promise<void> {
    const real = await realpath(this.#at(path)).catch(() => this.#at(path));
    this.#name(id, real === this.#root ? '/' : real.startsWith(`${this.#root}/`) ? real.slice(this.#root.length) : '/outside');
  }

  #name(id: number, filename: string): void {
    this.#sftp.name(id, [{ filename, longname: filename, attrs: { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 } }]);
  }

  #attributes({ mode, uid, gid, size, atimeMs, mtimeMs }: Stats): Attributes {
    const { addsToSize = 0, hidesKinds = false } = this.#lies();
    return { mode: hidesKinds ? mode & 0o7777 : mode, uid, gid, size: size + addsToSize, atime: Math.floor(atimeMs / 1000), mtime: Math.floor(mtimeMs / 1000) };
  }
}

function systemFlags(flags: number): number {
  const { OPEN_MODE } = ssh2.utils.sftp;
  const reads = (flags & OPEN_MODE.READ) !== 0;
  const writes = (flags & OPEN_MODE.WRITE) !== 0;
  return (writes ? (reads ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY) | (flags & OPEN_MODE.CREAT ? constants.O_CREAT : 0) | (flags & OPEN_MODE.TRUNC ? constants.O_TRUNC : 0) | (flags & OPEN_MODE.EXCL ? constants.O_EXCL : 0);
}
