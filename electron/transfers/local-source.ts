import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type ErrorCode, StorageError } from '../../shared/storage/errors.ts';
import { wrapError } from '../storage/wrap-error.ts';

/** Bytes read at once. */
const READ_SIZE = 1024 * 1024;

/** A file of this computer as it was before it is read. */
export interface LocalSource {
  readonly path: string;
  /** bytes */
  readonly size: number;
  readonly modified: Date;
  /** permission bits */
  readonly mode: number;
  open(): Promise<Readable>;
  /** @throws StorageError source_changed when size, time or identity differ from before */
  requireUnchanged(): Promise<Date>;
}

/** @throws StorageError unsupported for links and special files, not_found, permission_denied */
export async function inspectLocalSource(path: string): Promise<LocalSource> {
  const before = await look(path);
  refuseSpecial(path, before);
  const requireUnchanged = async (): Promise<Date> => {
    const after = await look(path).catch((error: unknown) => {
      throw changed(path, 'it is gone', error);
    });
    requireSame(path, before, after);
    return after.mtime;
  };
  return {
    path,
    size: Number(before.size),
    modified: before.mtime,
    mode: Number(before.mode & 0o777n),
    requireUnchanged,
    open: async () => {
      const handle = await openFile(path);
      try {
        requireSame(path, before, await handle.stat({ bigint: true }));
        if (before.size > READ_SIZE) return handle.createReadStream({ highWaterMark: READ_SIZE });
        const whole = await readWhole(handle, Number(before.size));
        await handle.close();
        return whole;
      } catch (error) {
        await handle.close();
        throw error;
      }
    },
  };
}

/** Files that are neither a plain file nor a folder. @returns null for those two */
export function specialKind(entry: Pick<BigIntStats, 'isFile' | 'isDirectory' | 'isSymbolicLink' | 'isFIFO' | 'isSocket'>): string | null {
  if (entry.isFile() || entry.isDirectory()) return null;
  if (entry.isSymbolicLink()) return 'a symbolic link, and links are not followed';
  if (entry.isFIFO()) return 'a named pipe, not a file';
  return entry.isSocket() ? 'a socket, not a file' : 'a device, not a file';
}

export function unsupportedSource(path: string, what: string): StorageError {
  return new StorageError('unsupported', `${path} is ${what}.`, { context: { path } });
}

async function look(path: string): Promise<BigIntStats> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    throw wrapError(error, `read ${path}`, { path, side: 'source' });
  }
}

/** A small file in one read, without a stream's machinery: most of what a small file costs is not its bytes. One byte more is asked for, so that a file that grew is noticed. */
async function readWhole(handle: FileHandle, size: number): Promise<Readable> {
  const buffer = Buffer.allocUnsafe(size + 1);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return Readable.from(filled === 0 ? [] : [buffer.subarray(0, filled)], { objectMode: false });
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw wrapError(error, `read ${path}`, { path, side: 'source' });
  }
}

function refuseSpecial(path: string, entry: BigIntStats): void {
  const special = specialKind(entry);
  if (special !== null) throw unsupportedSource(path, special);
  if (entry.isDirectory()) throw unsupportedSource(path, 'a folder now, but was a file when it was queued');
}

function requireSame(path: string, before: BigIntStats, after: BigIntStats): void {
  if (before.ino !== after.ino || before.dev !== after.dev) throw changed(path, 'another file has its name now');
  if (before.size !== after.size) throw changed(path, `it had ${before.size} bytes and has ${after.size} now`);
  if (before.mtimeNs !== after.mtimeNs) throw changed(path, 'it was written to');
}

function changed(path: string, how: string, cause?: unknown): StorageError {
  const code: ErrorCode = 'source_changed';
  return new StorageError(code, `${path} changed while it was being read: ${how}.`, { cause, context: { path } });
}
