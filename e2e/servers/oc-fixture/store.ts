import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What an uploader said, or the server noted, of a file. */
export interface Noted {
  /** value of `oc:checksums` */
  readonly checksums?: string;
  readonly reprDigest?: string;
}

/** The files and uploads of the one account, in a temporary folder: `files/...` and `uploads/...`. */
export class OcStore {
  readonly folder: string;
  readonly #noted = new Map<string, Noted>();
  #count = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<OcStore> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-oc-'));
    for (const name of ['files', 'uploads', 'incoming']) await mkdir(join(folder, name));
    return new OcStore(folder);
  }

  at(path: string): string {
    return join(this.folder, path);
  }

  /** For bytes that come in. */
  incoming(): string {
    return join(this.folder, 'incoming', String(++this.#count));
  }

  async look(path: string): Promise<Stats | null> {
    return stat(this.at(path)).catch(() => null);
  }

  async names(path: string): Promise<readonly string[]> {
    return readdir(this.at(path));
  }

  noted(path: string): Noted {
    return this.#noted.get(path) ?? {};
  }

  /** A finished upload takes its place. */
  async publish(incoming: string, path: string, noted: Noted, modified: Date | null): Promise<void> {
    if (modified !== null) await utimes(incoming, modified, modified);
    await rename(incoming, this.at(path));
    this.#noted.set(path, noted);
  }

  async move(from: string, to: string): Promise<void> {
    await rm(this.at(to), { recursive: true, force: true });
    await rename(this.at(from), this.at(to));
    this.#noted.set(to, this.noted(from));
    this.#noted.delete(from);
  }

  async copy(from: string, to: string): Promise<void> {
    await cp(this.at(from), this.at(to), { recursive: true });
    this.#noted.set(to, this.noted(from));
  }

  async remove(path: string): Promise<void> {
    await rm(this.at(path), { recursive: true });
    this.#noted.delete(path);
  }

  async digest(path: string, algorithm: string, encoding: 'hex' | 'base64'): Promise<string> {
    return digestOf(this.at(path), algorithm, encoding);
  }

  /** All files of the account, and what is left of uploads. */
  async residue(): Promise<readonly string[]> {
    const left = [...(await filesBelow(this.at('uploads'))).map((path) => `left over: uploads/${path}`), ...(await readdir(this.at('uploads'))).map((name) => `left over: uploads/${name}/`)];
    return [...(await filesBelow(this.at('files'))), ...left, ...(await readdir(this.at('incoming'))).map((name) => `left over: incoming/${name}`)];
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function digestOf(file: string, algorithm: string, encoding: 'hex' | 'base64'): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest(encoding);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(entries.map(async (entry) => (entry.isDirectory() ? (await filesBelow(join(folder, entry.name))).map((path) => `${entry.name}/${path}`) : [entry.name])));
  return found.flat();
}
