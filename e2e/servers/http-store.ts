import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface StoredFile {
  /** file on disk that holds the bytes */
  readonly blob: string;
  readonly modified: Date;
  /** a lie: digest of what was received, by algorithm */
  readonly claimed?: ReadonlyMap<string, string>;
}

/** What the server holds: names in memory, so that every name and case works on every desktop; bytes in a temporary folder of its own. */
export class HttpStore {
  readonly #folder: string;
  readonly #files = new Map<string, StoredFile>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<HttpStore> {
    return new HttpStore(await mkdtemp(join(tmpdir(), 'holdfast-http-')));
  }

  paths(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** Blobs that belong to no file: left behind by uploads that failed. */
  async orphans(): Promise<readonly string[]> {
    const used = new Set([...this.#files.values()].map(({ blob }) => blob));
    return (await readdir(this.#folder)).map((name) => join(this.#folder, name)).filter((path) => !used.has(path));
  }

  get(path: string): StoredFile | undefined {
    return this.#files.get(path);
  }

  isFolder(path: string): boolean {
    return path === '' || this.paths().some((each) => each.startsWith(`${path}/`));
  }

  /** A file where the path needs a folder, or a folder where it needs a file. */
  collides(path: string): boolean {
    if (this.isFolder(path)) return true;
    const names = path.split('/');
    return names.some((_name, count) => count > 0 && this.#files.has(names.slice(0, count).join('/')));
  }

  newBlob(): string {
    return join(this.#folder, randomUUID());
  }

  async publish(path: string, file: StoredFile): Promise<void> {
    const old = this.#files.get(path);
    this.#files.set(path, file);
    if (old !== undefined && old.blob !== file.blob) await rm(old.blob, { force: true });
  }

  async allocate(path: string, size: number): Promise<void> {
    const blob = this.newBlob();
    await (await open(blob, 'wx')).close();
    await truncate(blob, size);
    await this.publish(path, { blob, modified: new Date() });
  }

  /** Removes a file, or a folder with everything in it. @returns false when there is none */
  async remove(path: string): Promise<boolean> {
    const gone = this.paths().filter((each) => each === path || each.startsWith(path === '' ? '' : `${path}/`));
    for (const each of gone) {
      const blob = this.#files.get(each)?.blob;
      this.#files.delete(each);
      if (blob !== undefined) await rm(blob, { force: true });
    }
    return gone.length > 0;
  }

  async size(path: string): Promise<number> {
    return (await stat(this.#require(path).blob)).size;
  }

  async read(path: string): Promise<Buffer> {
    return readFile(this.#require(path).blob);
  }

  /** Changes one stored byte, as a bad disk would. */
  async corrupt(path: string, at: number): Promise<void> {
    await flipByte(this.#require(path).blob, at);
  }

  /** @returns hexadecimal digest of the stored bytes */
  async digest(path: string, algorithm: string): Promise<string> {
    const file = this.#require(path);
    return file.claimed?.get(algorithm) ?? hashFile(file.blob, algorithm);
  }

  /** Entries of a folder as nginx lists them: folders and files by name. */
  async index(folder: string): Promise<readonly Readonly<Record<string, string | number>>[]> {
    const prefix = folder === '' ? '' : `${folder}/`;
    const folders = new Map<string, Date>();
    const files: Readonly<Record<string, string | number>>[] = [];
    for (const [path, file] of this.#files) {
      if (!path.startsWith(prefix)) continue;
      const [name = '', ...rest] = path.slice(prefix.length).split('/');
      if (rest.length > 0) folders.set(name, latest(folders.get(name), file.modified));
      else files.push({ name, type: 'file', mtime: file.modified.toUTCString(), size: (await stat(file.blob)).size });
    }
    return [...[...folders].map(([name, modified]) => ({ name, type: 'directory', mtime: modified.toUTCString() })), ...files];
  }

  async close(): Promise<void> {
    this.#files.clear();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #require(path: string): StoredFile {
    const file = this.#files.get(path);
    if (file === undefined) throw new Error(`The test server holds no ${JSON.stringify(path)}.`);
    return file;
  }
}

function latest(a: Date | undefined, b: Date): Date {
  return a === undefined || a < b ? b : a;
}

export async function flipByte(blob: string, at: number): Promise<void> {
  const handle = await open(blob, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte[0] = (byte[0] ?? 0) ^ 1;
    await handle.write(byte, 0, 1, at);
  } finally {
    await handle.close();
  }
}

export async function hashFile(blob: string, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(blob, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
