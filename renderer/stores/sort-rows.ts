import type { FileRow } from '../../shared/ipc/views.ts';
import { integrityRank } from '../integrity-words.ts';

export type SortColumn = 'name' | 'size' | 'modified' | 'integrity';

export interface Sort {
  readonly column: SortColumn;
  readonly descending: boolean;
}

export const DEFAULT_SORT: Sort = { column: 'name', descending: false };

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Folders first in every order; rows that agree are ordered by name, then by their exact name, so that the order never depends on how they arrived. */
export function compareRows(a: FileRow, b: FileRow, sort: Sort): number {
  if (a.kind !== b.kind) return a.kind === 'folder' ? -1 : 1;
  const by = compareBy(a, b, sort.column);
  const ordered = sort.descending ? -by : by;
  if (ordered !== 0) return ordered;
  return (sort.column === 'name' ? 0 : collator.compare(a.name, b.name)) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

function compareBy(a: FileRow, b: FileRow, column: SortColumn): number {
  switch (column) {
    case 'name':
      return collator.compare(a.name, b.name);
    case 'size':
      return (a.size ?? -1) - (b.size ?? -1);
    case 'modified':
      // ISO 8601 in UTC sorts as text
      return (a.modified ?? '') < (b.modified ?? '') ? -1 : (a.modified ?? '') > (b.modified ?? '') ? 1 : 0;
    case 'integrity':
      return integrityRank(a.integrity) - integrityRank(b.integrity);
  }
}

export function sortRows(rows: readonly FileRow[], sort: Sort): readonly FileRow[] {
  return rows.toSorted((a, b) => compareRows(a, b, sort));
}

/** Adds rows to a list that is in order already: sorts only the new ones, so that a folder of n pages costs no n sorts of everything. */
export function mergeRows(sorted: readonly FileRow[], added: readonly FileRow[], sort: Sort): readonly FileRow[] {
  const more = sortRows(added, sort);
  const last = sorted.at(-1);
  const first = more[0];
  if (first === undefined) return sorted;
  if (last === undefined || compareRows(last, first, sort) <= 0) return [...sorted, ...more];
  const merged: FileRow[] = [];
  let at = 0;
  for (const row of more) {
    for (let next = sorted[at]; next !== undefined && compareRows(next, row, sort) <= 0; next = sorted[at]) {
      merged.push(next);
      at += 1;
    }
    merged.push(row);
  }
  for (; at < sorted.length; at += 1) {
    const rest = sorted[at];
    if (rest !== undefined) merged.push(rest);
  }
  return merged;
}

/** Rows whose name holds every word of the filter, in any case. The same array when there is no filter. */
export function filterRows(rows: readonly FileRow[], filter: string): readonly FileRow[] {
  const words = filter.toLowerCase().normalize('NFC').split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const name = row.name.toLowerCase().normalize('NFC');
    return words.every((word) => name.includes(word));
  });
}
