import type { FileRow } from '../../shared/ipc/views.ts';
import { request } from '../bridge.ts';
import type { Place } from './place.ts';

/**
 * Pulls a folder page by page until its end or until `wanted` says no.
 * @returns false when it was stopped @throws BridgeError
 */
export async function pullPages(place: Place, wanted: () => boolean, onRows: (rows: readonly FileRow[]) => void): Promise<boolean> {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof ask>> = await ask(place, cursor);
    if (!wanted()) return false;
    onRows(page.rows);
    cursor = page.cursor;
  } while (cursor !== null);
  return true;
}

function ask(place: Place, cursor: string | null) {
  return request('browse.list', { locationId: place.locationId, path: place.path, cursor });
}

/** Keeps the objects of rows that did not change, so that listing a folder again draws only what is new. */
export function reuseRows(before: readonly FileRow[], after: readonly FileRow[]): readonly FileRow[] {
  const known = new Map(before.map((row) => [row.path, row]));
  return after.map((row) => {
    const old = known.get(row.path);
    return old !== undefined && sameRow(old, row) ? old : row;
  });
}

function sameRow(a: FileRow, b: FileRow): boolean {
  return a.kind === b.kind && a.size === b.size && a.modified === b.modified && a.checksum === b.checksum && a.uri === b.uri && JSON.stringify(a.integrity) === JSON.stringify(b.integrity);
}
