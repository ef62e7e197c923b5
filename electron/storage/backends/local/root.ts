import { lstat, realpath as realpathCallback } from 'node:fs';
import nodePath, { type PlatformPath } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type LocationPath, parseLocationPath } from '../../../../shared/storage/path.ts';
import { wrapError } from '../../wrap-error.ts';
import type { Symlinks } from './config.ts';
import { requireKeepable } from './names.ts';
import { nameQuotaError } from './quota.ts';

/** The system's own realpath, one call into the kernel; Node's JavaScript version asks once for each folder. */
const realpath = promisify(realpathCallback.native);
const lstatAsync = promisify(lstat);

/** Where a path lies below a folder, by text alone. @throws StorageError invalid_location for names that lead outside or that this platform cannot keep */
export function absolutePath(root: string, path: LocationPath, platform: NodeJS.Platform, flavour: PlatformPath): string {
  const parsed = parseLocationPath(path);
  if (parsed === '') return root;
  const names = parsed.split('/');
  for (const name of names) requireKeepable(name, platform);
  const absolute = flavour.join(root, ...names);
  if (!isInside(root, absolute, flavour)) throw leadsOutside(path);
  return absolute;
}

/** True for the folder itself and for everything below it. Both are absolute. */
export function isInside(root: string, candidate: string, flavour: PlatformPath): boolean {
  const relative = flavour.relative(root, candidate);
  return relative !== '..' && !relative.startsWith(`..${flavour.sep}`) && !flavour.isAbsolute(relative);
}

function leadsOutside(path: LocationPath): StorageError {
  return new StorageError('invalid_location', `${JSON.stringify(path)} leads outside of the folder of this location.`, { context: { path } });
}

/** The folder of a location; nothing outside of it is ever reached, not through links either. */
export class Root {
  /** absolute, free of links */
  readonly folder: string;
  readonly symlinks: Symlinks;
  readonly #href: string;

  private constructor(folder: string, symlinks: Symlinks) {
    this.folder = folder;
    this.symlinks = symlinks;
    this.#href = pathToFileURL(folder).href.replace(/\/$/, '');
  }

  static async open(folder: string, symlinks: Symlinks): Promise<Root> {
    return new Root(await realpath(folder), symlinks);
  }

  /** Absolute by text alone. @throws StorageError invalid_location */
  absolute(path: LocationPath): string {
    return absolutePath(this.folder, path, process.platform, nodePath);
  }

  /** `file:///...` of a parsed path */
  uri(path: LocationPath): string {
    return path === '' ? `${this.#href}/` : `${this.#href}/${path.split('/').map(encodeName).join('/')}`;
  }

  /** The real place of an existing folder or file, all links of its path resolved. @throws StorageError invalid_location (outside), unsupported (a link, when links are refused), not_found, unavailable (the root is gone) */
  async real(path: LocationPath): Promise<string> {
    const absolute = this.absolute(path);
    if (absolute === this.folder) return absolute;
    const real = await this.explain(path, 'find', () => realpath(absolute));
    if (!this.contains(real)) throw leadsOutside(path);
    if (this.symlinks === 'refuse' && real !== absolute) await this.#refuseLinks(path);
    return real;
  }

  contains(real: string): boolean {
    return isInside(this.folder, real, nodePath);
  }

  /** Runs it and makes what it fails with into a StorageError that names the path. `doing` completes "Could not ...". */
  async explain<T>(path: LocationPath, doing: string, action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (signal?.aborted) throw new StorageError('canceled', 'Canceled.', { cause: error });
      const wrapped = wrapError(nameQuotaError(error), `${doing} ${this.#shown(path)}`, { path, folder: this.folder });
      if (wrapped.code !== 'not_found' || (await this.#exists())) throw wrapped;
      throw new StorageError('unavailable', `The folder ${this.folder} of this location is not there. Is its disk connected?`, { cause: error, context: { path, folder: this.folder } });
    }
  }

  #shown(path: LocationPath): string {
    return path === '' ? this.folder : JSON.stringify(path);
  }

  #exists(): Promise<boolean> {
    return lstatAsync(this.folder).then(() => true, () => false);
  }

  /** A real path may differ from the written one by links, but also by case or by Unicode form where the disk does not tell them apart. */
  async #refuseLinks(path: LocationPath): Promise<void> {
    const names = path.split('/');
    for (let depth = 1; depth <= names.length; depth++) {
      const upTo = names.slice(0, depth).join('/');
      const stats = await this.explain(upTo, 'look at', () => lstatAsync(this.absolute(upTo)));
      if (stats.isSymbolicLink()) throw new StorageError('unsupported', `${JSON.stringify(upTo)} is a symbolic link, and this location refuses links.`, { context: { path, link: upTo } });
    }
  }
}

/** `encodeURIComponent` fails on lone surrogates, which Windows allows in names. */
function encodeName(name: string): string {
  return encodeURIComponent(name.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
}
