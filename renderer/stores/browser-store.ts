import { create } from 'zustand';
import type { FileRow } from '../../shared/ipc/views.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import { errorRecord } from '../bridge.ts';
import { pullPages, reuseRows } from './listing.ts';
import type { Place } from './place.ts';
import { samePlace } from './place.ts';
import { recall, remember } from './remember.ts';
import type { Selection, SelectMode } from './selection.ts';
import { keepExisting, NO_SELECTION, select, selectAll } from './selection.ts';
import type { Sort, SortColumn } from './sort-rows.ts';
import { DEFAULT_SORT, filterRows, mergeRows, sortRows } from './sort-rows.ts';

interface BrowserState {
  readonly place: Place | null;
  readonly status: 'idle' | 'loading' | 'ready' | 'failed';
  readonly error: ErrorRecord | null;
  /** everything in the folder, in order */
  readonly rows: readonly FileRow[];
  /** what the filter leaves of it */
  readonly visible: readonly FileRow[];
  readonly sort: Sort;
  readonly filter: string;
  readonly selection: Selection;
  /** path of the row whose name is being edited */
  readonly renaming: string | null;
}

export const useBrowser = create<BrowserState>()(() => ({
  place: null, status: 'idle', error: null, rows: [], visible: [], sort: rememberedSort(), filter: '', selection: NO_SELECTION, renaming: null,
}));

/** Counts listings: one that is not the latest any more stops at its next page. */
let listing = 0;
let refreshTimer: ReturnType<typeof setTimeout> | null = null;
let lastListingMs = 0;

const REFRESH_AFTER_MS = 300;

/** Shows a folder, its rows as they come. `chosen` is selected when it is there. */
export async function openFolder(place: Place, chosen: string | null = null): Promise<void> {
  const present = startListing();
  useBrowser.setState({ place, status: 'loading', error: null, rows: [], visible: [], filter: '', selection: chosen === null ? NO_SELECTION : select(NO_SELECTION, [], chosen, 'only'), renaming: null });
  let waiting: FileRow[] = [];
  let publishedAt = -Infinity;
  let publishMs = 0;
  const publish = () => {
    const began = performance.now();
    addRows(waiting);
    waiting = [];
    publishedAt = performance.now();
    publishMs = publishedAt - began;
  };
  await finishListing(present, async () => {
    const whole = await pullPages(place, () => present === listing, (rows) => {
      waiting.push(...rows);
      // a folder of a million rows is drawn seldom enough that merging takes a small share of the time
      if (performance.now() - publishedAt > Math.max(80, publishMs * 10)) publish();
    });
    if (whole) publish();
    return whole;
  });
}

/** Lists the folder again without emptying the table first. */
export async function refreshFolder(): Promise<void> {
  const { place, status } = useBrowser.getState();
  if (place === null) return;
  if (status !== 'ready') return openFolder(place);
  const present = startListing();
  const found: FileRow[] = [];
  await finishListing(present, async () => {
    const whole = await pullPages(place, () => present === listing, (rows) => found.push(...rows));
    if (whole) replaceRows(reuseRows(useBrowser.getState().rows, found));
    return whole;
  });
}

/** Something changed in a folder: when it is the one shown it is listed again soon, but never so often that listing is all that happens. */
export function folderChanged(changed: Place): void {
  if (!samePlace(useBrowser.getState().place, changed) || refreshTimer !== null) return;
  refreshTimer = setTimeout(() => {
    refreshTimer = null;
    void refreshFolder();
  }, Math.max(REFRESH_AFTER_MS, lastListingMs * 5));
}

export function sortBy(column: SortColumn): void {
  useBrowser.setState(({ sort, rows, filter }) => {
    const next: Sort = { column, descending: sort.column === column && !sort.descending };
    const sorted = sortRows(rows, next);
    remember('sort', next);
    return { sort: next, rows: sorted, visible: filterRows(sorted, filter) };
  });
}

export function setFilter(filter: string): void {
  useBrowser.setState(({ rows, selection }) => {
    const visible = filterRows(rows, filter);
    return { filter, visible, selection: keepExisting(selection, visible) };
  });
}

export function selectRow(path: string, mode: SelectMode): void {
  useBrowser.setState(({ selection, visible }) => ({ selection: select(selection, visible, path, mode) }));
}

export function selectEverything(): void {
  useBrowser.setState(({ selection, visible }) => ({ selection: selectAll(selection, visible) }));
}

export function selectNothing(): void {
  useBrowser.setState(({ selection }) => ({ selection: { ...selection, paths: new Set() } }));
}

export function setRenaming(renaming: string | null): void {
  useBrowser.setState({ renaming });
}

/** Puts one row that main answered in the place of `path`, or adds it. */
export function acceptRow(path: string, row: FileRow): void {
  useBrowser.setState(({ rows, sort, filter, selection }) => {
    const next = mergeRows(rows.filter((one) => one.path !== path && one.path !== row.path), [row], sort);
    return { rows: next, visible: filterRows(next, filter), selection: select(selection, [], row.path, 'only') };
  });
}

export function dropRows(paths: readonly string[]): void {
  const gone = new Set(paths);
  replaceRows(useBrowser.getState().rows.filter((row) => !gone.has(row.path)));
}

/** The chosen rows in the order of the table. */
export function selectedRows({ visible, selection }: Pick<BrowserState, 'visible' | 'selection'> = useBrowser.getState()): readonly FileRow[] {
  return selection.paths.size === 0 ? [] : visible.filter((row) => selection.paths.has(row.path));
}

function addRows(added: readonly FileRow[]): void {
  useBrowser.setState(({ rows, sort, filter }) => {
    const next = mergeRows(rows, added, sort);
    return { rows: next, visible: filterRows(next, filter) };
  });
}

function replaceRows(all: readonly FileRow[]): void {
  useBrowser.setState(({ sort, filter, selection, renaming }) => {
    const rows = sortRows(all, sort);
    return { rows, visible: filterRows(rows, filter), selection: keepExisting(selection, rows), renaming: rows.some((row) => row.path === renaming) ? renaming : null };
  });
}

function startListing(): number {
  if (refreshTimer !== null) clearTimeout(refreshTimer);
  refreshTimer = null;
  listing += 1;
  return listing;
}

async function finishListing(present: number, list: () => Promise<boolean>): Promise<void> {
  const began = performance.now();
  try {
    if (await list()) useBrowser.setState({ status: 'ready', error: null });
  } catch (error) {
    if (present === listing) useBrowser.setState({ status: 'failed', error: errorRecord(error) });
  }
  if (present === listing) lastListingMs = performance.now() - began;
}

function rememberedSort(): Sort {
  const sort = recall('sort');
  if (typeof sort !== 'object' || sort === null || !('column' in sort) || !('descending' in sort)) return DEFAULT_SORT;
  const column = (['name', 'size', 'modified', 'integrity'] as const).find((one) => one === sort.column);
  return column === undefined ? DEFAULT_SORT : { column, descending: sort.descending === true };
}
