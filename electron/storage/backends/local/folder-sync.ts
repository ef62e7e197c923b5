import { type FileHandle, open } from 'node:fs/promises';
import { systemCode } from './entry.ts';

/** What file systems answer that cannot sync a folder; theirs is durable by other means or not at all, and nobody can do better. */
const CANNOT: ReadonlySet<string | null> = new Set(['EINVAL', 'ENOTSUP', 'EBADF', 'EISDIR', 'ENOSYS']);

/** Use of a folder that is going to change; see {@link FolderSync}. */
export interface FolderUse {
  /** Resolves when everything done in the folder before the call is on the disk. */
  sync(): Promise<void>;
  /** Must be called once, at the end. */
  release(): Promise<void>;
}

interface UsedFolder {
  users: number;
  /** opened by the first sync, closed by the last user */
  handle: Promise<FileHandle> | null;
  running: Promise<void>;
  waiting: Promise<void> | null;
}

const NO_USE: FolderUse = { sync: () => Promise.resolve(), release: () => Promise.resolve() };

/**
 * Makes changes of folders durable: names that were made, moved or removed. One sync serves all who asked before it began, and the
 * folder stays open as long as somebody works in it, so that many small files in one folder cost few calls. Windows cannot sync
 * folders: there nothing happens.
 */
export class FolderSync {
  readonly #folders = new Map<string, UsedFolder>();

  /** `path` is a real path. */
  use(path: string): FolderUse {
    if (process.platform === 'win32') return NO_USE;
    const folder = this.#folders.get(path) ?? { users: 0, handle: null, running: Promise.resolve(), waiting: null };
    this.#folders.set(path, folder);
    folder.users += 1;
    return { sync: () => syncOnce(path, folder), release: () => this.#release(path, folder) };
  }

  /** As {@link FolderUse.sync}, for a single change. */
  async sync(path: string): Promise<void> {
    const use = this.use(path);
    try {
      await use.sync();
    } finally {
      await use.release();
    }
  }

  async #release(path: string, folder: UsedFolder): Promise<void> {
    folder.users -= 1;
    if (folder.users > 0) return;
    this.#folders.delete(path);
    const handle = await folder.handle?.catch(() => undefined);
    await handle?.close();
  }
}

function syncOnce(path: string, folder: UsedFolder): Promise<void> {
  folder.waiting ??= afterRunning(path, folder);
  return folder.waiting;
}

/** A sync that is under way may have begun before the caller's change, so it does not count for the caller. */
async function afterRunning(path: string, folder: UsedFolder): Promise<void> {
  await folder.running.catch(() => undefined);
  folder.waiting = null;
  folder.running = syncNow(path, folder);
  await folder.running;
}

async function syncNow(path: string, folder: UsedFolder): Promise<void> {
  folder.handle ??= open(path, 'r');
  try {
    await (await folder.handle).sync();
  } catch (error) {
    if (!CANNOT.has(systemCode(error))) throw error;
  }
}
