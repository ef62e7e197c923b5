import { createCipheriv, createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const CHUNK = Buffer.alloc(1024 * 1024);

/** Writes a file of `size` bytes that look random but are the same for the same seed. @returns its path */
export async function makeFile(path: string, size: number, seed = path): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  const stream = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const file = await open(path, 'w');
  try {
    for (let left = size; left > 0; left -= CHUNK.length) await file.write(stream.update(left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK));
  } finally {
    await file.close();
  }
  return path;
}

/** A file that is large at once: zeros that take no room on the disk. @returns its path */
export async function makeSparseFile(path: string, size: number): Promise<string> {
  await writeFile(path, '');
  await truncate(path, size);
  return path;
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Relative paths (with `/`) of all files below a folder, sorted. */
export async function listTree(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll('\\', '/'))
    .sort();
}

/** Digest of every file below a folder, by its relative path. */
export async function hashTree(folder: string): Promise<Readonly<Record<string, string>>> {
  const digests: Record<string, string> = {};
  for (const path of await listTree(folder)) digests[path] = await sha256(join(folder, path));
  return digests;
}

/** Three files and a folder in a folder, with names in several scripts, one file large enough that its progress can be seen. */
export interface DesktopFiles {
  /** what a person drags: three files and the folder */
  readonly dragged: readonly string[];
  /** relative path to sha256, of every file among them */
  readonly digests: Readonly<Record<string, string>>;
  readonly large: string;
}

export async function makeDesktopFiles(folder: string, largeSize = 160 * 1024 * 1024): Promise<DesktopFiles> {
  const large = 'großes Bild – 大きな画像.tiff';
  const tree = 'Messungen 測定';
  await makeFile(join(folder, 'notes.txt'), 1);
  await makeFile(join(folder, 'empty.dat'), 0);
  await makeFile(join(folder, large), largeSize);
  await makeFile(join(folder, tree, 'a.csv'), 1024 * 1024 + 1);
  await makeFile(join(folder, tree, 'данные', 'Ωmega 🚀 #1 100%.bin'), 70_000);
  await makeFile(join(folder, tree, 'данные', 'tief', 'été e\u0301te\u0301.txt'), 12);
  return { dragged: ['notes.txt', 'empty.dat', large, tree].map((name) => join(folder, name)), digests: await hashTree(folder), large };
}

export async function makeText(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

/** Every way in which a program would write that text down. */
export function formsOf(text: string): readonly Buffer[] {
  // In Base64 a text looks different by where in a group of three bytes it begins; its ends mix with what is beside it.
  const base64 = [0, 1, 2].map((before) => Buffer.from(`${'x'.repeat(before)}${text}`).toString('base64').slice(before === 0 ? 0 : 4, -4));
  return [...new Set([text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), Buffer.from(text).toString('hex'), ...base64])].map((form) => Buffer.from(form)).concat(Buffer.from(text, 'utf16le'));
}

/** Names of the files below a folder that hold the text, in any of its forms. */
export async function filesWith(folder: string, text: string): Promise<readonly string[]> {
  const forms = formsOf(text);
  const found: string[] = [];
  let looked = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    looked += 1;
    if (forms.some((form) => bytes.includes(form))) found.push(entry.name);
  }
  if (looked < 2) throw new Error(`There was nothing to look at in ${folder}.`);
  return found;
}
