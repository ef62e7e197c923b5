import { open } from 'node:fs/promises';
import { systemCode } from './entry.ts';

/** What file systems answer that cannot sync a folder; theirs is durable by other means or not at all, and nobody can do better. */
const CANNOT = new Set(['EINVAL', 'ENOTSUP', 'EBADF', 'EISDIR', 'ENOSYS', 'EPERM']);

/**
 * Makes changes of folders durable: names that were made, moved or removed. One sync serves all who asked before it began, so that
 * many small files in one folder cost few.
 */
export class FolderSync {
  readonly #running = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Promise<void>>();

  /** Resolves when everything done in `folder` before the call is on the disk. Windows cannot sync folders: there it resolves at once. */
  sync(folder: string): Promise<void> {
    if (process.platform === 'win32') return Promise.resolve();
    const waiting = this.#waiting.get(folder);
    if (waiting !== undefined) return waiting;
    // One that is under way may have begun before the caller's change, so it does not count for the caller.
    const before = this.#running.get(folder) ?? Promise.resolve();
    const next = before.then(undefined, () => undefined).then(() => {
      this.#waiting.delete(folder);
      const running = syncFolder(folder).finally(() => {
        if (this.#running.get(folder) === running) this.#running.delete(folder);
      });
      this.#running.set(folder, running);
      return running;
    });
    this.#waiting.set(folder, next);
    return next;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!CANNOT.has(systemCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}
