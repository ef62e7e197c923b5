import { randomUUID } from 'node:crypto';
import { StorageError } from '../../shared/storage/errors.ts';
import type { FileInstance } from '../../shared/storage/file-instance.ts';
import type { LocationPath } from '../../shared/storage/path.ts';
import type { FileRow, ListPage } from '../../shared/ipc/views.ts';
import type { Database } from '../database/open-database.ts';
import type { Locations } from '../locations/locations.ts';
import { wrapError } from '../storage/wrap-error.ts';
import { integrityOf } from './integrity-state.ts';

/** Rows in one answer: some milliseconds of work for main and for the window. */
const PAGE = 1000;
/** A listing that nobody asks for any more is ended after so many milliseconds. */
const FORGET_AFTER = 120_000;

interface Listing {
  readonly locationId: string;
  readonly pages: AsyncIterator<readonly FileInstance[]>;
  readonly abort: AbortController;
  /** what the storage gave and the window has not asked for yet */
  rest: readonly FileInstance[];
  timer: NodeJS.Timeout;
}

/** Folders on their way to the window, page by page as it asks for them, and what it does with their entries. */
export class Listings {
  readonly #locations: Locations;
  readonly #database: Database;
  readonly #open = new Map<string, Listing>();

  constructor(locations: Locations, database: Database) {
    this.#locations = locations;
    this.#database = database;
  }

  async first(locationId: string, path: LocationPath): Promise<ListPage> {
    const { location } = await this.#locations.connect(locationId);
    const abort = new AbortController();
    const pages = location.list(path, { signal: abort.signal })[Symbol.asyncIterator]();
    return this.#page(randomUUID(), { locationId, pages, abort, rest: [], timer: setTimeout(() => undefined, 0) });
  }

  async next(cursor: string): Promise<ListPage> {
    const listing = this.#open.get(cursor);
    if (listing === undefined) throw new StorageError('invalid_config', 'This listing has ended: open the folder again.');
    this.#open.delete(cursor);
    return this.#page(cursor, listing);
  }

  async stat(locationId: string, path: LocationPath): Promise<FileRow> {
    const { location } = await this.#locations.connect(locationId);
    const file = await location.stat(path);
    const [row] = await this.#withIntegrity(locationId, [file]);
    return row ?? { ...file, integrity: { kind: 'unknown' } };
  }

  /** Gives a file or folder another place; what is known of its contents goes with it. @throws already_exists */
  async move(locationId: string, from: LocationPath, to: LocationPath): Promise<void> {
    const { location } = await this.#locations.connect(locationId);
    await location.move(from, to, { overwrite: false });
    await this.#database.fileStates.move(locationId, from, to);
  }

  /** Removes files, and folders (with all that is in them when `recursive`); nothing is claimed any more of what comes to lie there. */
  async remove(locationId: string, paths: readonly LocationPath[], recursive: boolean): Promise<void> {
    const { location } = await this.#locations.connect(locationId);
    for (const path of paths) {
      await location.remove(path, { recursive });
      await this.#database.fileStates.forget(locationId, path);
    }
  }

  close(): void {
    for (const [cursor, listing] of this.#open) this.#forget(cursor, listing);
  }

  async #page(cursor: string, listing: Listing): Promise<ListPage> {
    clearTimeout(listing.timer);
    let rows = listing.rest;
    let done = false;
    try {
      while (rows.length < PAGE && !done) {
        const result = await listing.pages.next();
        if (result.done === true) done = true;
        else rows = rows.length === 0 ? result.value : [...rows, ...result.value];
      }
    } catch (error) {
      throw wrapError(error, 'list the folder');
    }
    const page = await this.#withIntegrity(listing.locationId, rows.slice(0, PAGE));
    listing.rest = rows.slice(PAGE);
    if (done && listing.rest.length === 0) return { rows: page, cursor: null };
    listing.timer = setTimeout(() => this.#forget(cursor, listing), FORGET_AFTER).unref();
    this.#open.set(cursor, listing);
    return { rows: page, cursor };
  }

  async #withIntegrity(locationId: string, files: readonly FileInstance[]): Promise<readonly FileRow[]> {
    const states = await this.#database.fileStates.forPaths(locationId, files.filter(({ kind }) => kind === 'file').map(({ path }) => path));
    return files.map((file) => ({ ...file, integrity: integrityOf(file, states.get(file.path)) }));
  }

  #forget(cursor: string, listing: Listing): void {
    clearTimeout(listing.timer);
    this.#open.delete(cursor);
    listing.abort.abort();
    void listing.pages.return?.().catch(() => undefined);
  }
}
