import type { FileInstance } from '../../../../shared/storage/file-instance.ts';
import { type LocationPath, joinLocationPath, parseName } from '../../../../shared/storage/path.ts';
import { isPartialName } from '../../partial-name.ts';
import type { SftpContext } from './context.ts';
import { toInstance, unreachable } from './entry.ts';
import { isRefused } from './errors.ts';
import { kindOf } from './protocol/attributes.ts';
import type { Entry, RemotePath, SftpClient } from './protocol/sftp-client.ts';

/** Requests for entries that are under way at once; a server gives about a hundred entries for each. */
const AHEAD = 3;
/** One folder is asked for no longer than this, so that a server that never comes to an end does not fill the memory. */
const MAX_ENTRIES = 50_000_000;

/** Entries of a folder, as the server gives them, without `.` and `..`. Closes the folder in every case. */
export async function* readEntries(sftp: SftpClient, path: RemotePath): AsyncGenerator<readonly Entry[]> {
  const handle = await sftp.openFolder(path);
  const ask = (): Promise<readonly Entry[] | null> => {
    const asked = sftp.readFolder(handle);
    asked.catch(() => undefined);
    return asked;
  };
  try {
    const asked = [ask()];
    let count = 0;
    for (let next = asked.shift(); next !== undefined; next = asked.shift()) {
      while (asked.length < AHEAD) asked.push(ask());
      const entries = await next;
      if (entries === null) return;
      count += entries.length;
      if (count > MAX_ENTRIES) return;
      yield entries.filter(({ name }) => name !== '.' && name !== '..');
    }
  } finally {
    // A folder that is left open costs the server one of its few handles; a refusal to close it hurts nobody.
    await sftp.close(handle).catch(() => undefined);
  }
}

/**
 * Pages of a folder in the server's order. Partial files are left out, and names that lead elsewhere or cannot be. Links are shown as what
 * they lead to, but a link to a folder that is passed on the way to it is shown as unreadable: nobody would come to an end there.
 */
export async function* listFolder(sftp: SftpClient, context: Pick<SftpContext, 'root' | 'capabilities'>, folder: LocationPath, signal: AbortSignal | undefined): AsyncGenerator<readonly FileInstance[]> {
  const links = new LinkGuard(sftp, context.root, folder);
  for await (const entries of readEntries(sftp, context.root.absolute(folder))) {
    signal?.throwIfAborted();
    const page = await Promise.all(entries.map((entry) => instance(context, folder, entry, links)));
    const found = page.filter((each) => each !== null);
    if (found.length > 0) yield found;
  }
}

async function instance({ root, capabilities }: Pick<SftpContext, 'root' | 'capabilities'>, folder: LocationPath, { bytes, name, attributes }: Entry, links: LinkGuard): Promise<FileInstance | null> {
  if (isPartialName(name) || !isName(name)) return null;
  const path = joinLocationPath(folder, name);
  // Bytes that are no UTF-8 come as U+FFFD, and the name that is shown does not exist.
  if (name.includes('\ufffd') && !Buffer.from(name).equals(bytes)) return unreachable(root, path);
  const kind = kindOf(attributes);
  if (kind !== 'link') return toInstance(root, path, attributes, capabilities.delete);
  return links.follow(path, capabilities.delete);
}

function isName(name: string): boolean {
  try {
    parseName(name);
    return true;
  } catch {
    return false;
  }
}

/** Follows links, but not in circles. */
class LinkGuard {
  readonly #sftp: SftpClient;
  readonly #root: SftpContext['root'];
  readonly #folder: LocationPath;
  #passed: Promise<ReadonlySet<string>> | null = null;

  constructor(sftp: SftpClient, root: SftpContext['root'], folder: LocationPath) {
    this.#sftp = sftp;
    this.#root = root;
    this.#folder = folder;
  }

  async follow(path: LocationPath, writable: boolean): Promise<FileInstance> {
    const place = this.#root.absolute(path);
    try {
      const attributes = await this.#sftp.stat(place);
      if (kindOf(attributes) !== 'folder') return toInstance(this.#root, path, attributes, writable);
      this.#passed ??= this.#realFolders();
      const [real, passed] = await Promise.all([this.#sftp.realPath(place), this.#passed]);
      return passed.has(real) ? unreachable(this.#root, path) : toInstance(this.#root, path, attributes, writable);
    } catch (error) {
      if (isRefused(error)) return unreachable(this.#root, path);
      throw error;
    }
  }

  /** What the folders on the way from the server's root really are. */
  async #realFolders(): Promise<ReadonlySet<string>> {
    const names = this.#root.absolute(this.#folder).split('/');
    const ways = names.map((_, depth) => names.slice(0, depth + 1).join('/') || '/');
    return new Set(await Promise.all(ways.map((way) => this.#sftp.realPath(way))));
  }
}
