import { randomUUID } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { basename, isAbsolute, resolve } from 'node:path';
import { StorageError } from '../../shared/storage/errors.ts';
import type { LocalItem } from '../../shared/ipc/views.ts';
import { wrapError } from '../storage/wrap-error.ts';

/** How many paths are remembered; the oldest are forgotten first. */
const MOST = 500_000;

/** Files and folders of this computer that the user chose or dropped. Their paths stay in main; the window holds tokens. */
export class LocalItems {
  readonly #paths = new Map<string, string>();

  /** @throws not_found, permission_denied, invalid_location */
  async adopt(paths: readonly string[]): Promise<readonly LocalItem[]> {
    const items: LocalItem[] = [];
    for (const path of paths) items.push(await this.#adoptOne(path));
    return items;
  }

  /** @throws invalid_config when the token is not known (any more) */
  path(token: string): string {
    const path = this.#paths.get(token);
    if (path === undefined) throw new StorageError('invalid_config', 'This choice of a file is not known any more: choose or drop it again.');
    return path;
  }

  async #adoptOne(given: string): Promise<LocalItem> {
    if (!isAbsolute(given)) throw new StorageError('invalid_location', `${JSON.stringify(given.slice(0, 200))} is not an absolute path of this computer.`);
    const path = resolve(given);
    try {
      const stats = await lstat(path);
      const token = randomUUID();
      this.#paths.set(token, path);
      if (this.#paths.size > MOST) this.#paths.delete(this.#paths.keys().next().value ?? token);
      return { token, name: basename(path) || path, kind: stats.isDirectory() ? 'folder' : 'file', size: stats.isFile() ? stats.size : null };
    } catch (error) {
      throw wrapError(error, `look at ${path}`);
    }
  }
}
