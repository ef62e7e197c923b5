import { StorageError } from '../../../../shared/storage/errors.ts';
import { type LocationPath, parseName } from '../../../../shared/storage/path.ts';

/** Where a folder or file of the location lies on the server. */
export interface HrefPlace {
  /** names below the root; empty for the root itself */
  readonly names: readonly string[];
  readonly path: LocationPath;
}

/** Finds the places below one root that the server's addresses name. */
export class HrefReader {
  readonly #host: string;
  readonly #root: readonly string[];

  /** @param root the location's address, with a slash at the end */
  constructor(root: string) {
    const url = new URL(root);
    this.#host = url.hostname;
    this.#root = namesOf(url.pathname) ?? [];
  }

  /**
   * What an address of a multistatus names (RFC 4918 section 8.3: absolute, or its path alone). Scheme and port are not looked at, as a
   * server behind a proxy may not know its own; nothing is ever sent there.
   * @returns null for another host, a place outside of the root, and names that are none
   */
  read(href: string): HrefPlace | null {
    const pathname = this.#pathname(href);
    const names = pathname === null ? null : namesOf(pathname);
    if (names === null || names.length < this.#root.length || this.#root.some((name, at) => names[at] !== name)) return null;
    const below = names.slice(this.#root.length);
    return below.every(isName) ? { names: below, path: below.join('/') } : null;
  }

  /** As it was written: a URL parser would take dots and backslashes for something else. */
  #pathname(href: string): string | null {
    const [, authority, pathname] = /^(?:[a-z][a-z0-9+.-]*:)?(?:\/\/([^/?#]*))?(\/[^?#]*)/i.exec(href) ?? [];
    if (pathname === undefined) return null;
    if (authority === undefined) return pathname;
    const host = URL.canParse(`http://${authority}`) ? new URL(`http://${authority}`).hostname : null;
    return host === this.#host ? pathname : null;
  }
}

/** @returns null when it cannot be decoded */
function namesOf(pathname: string): readonly string[] | null {
  try {
    return pathname.split('/').filter((name) => name !== '').map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

function isName(name: string): boolean {
  try {
    parseName(name);
    return true;
  } catch (error) {
    if (error instanceof StorageError) return false;
    throw error;
  }
}
