/** Which rows are chosen, by path, so that it survives sorting, filtering and listing again. Pure. */
export interface Selection {
  readonly paths: ReadonlySet<string>;
  /** where a range begins */
  readonly anchor: string | null;
  /** the row that the keyboard is on */
  readonly active: string | null;
}

export const NO_SELECTION: Selection = { paths: new Set(), anchor: null, active: null };

interface Row {
  readonly path: string;
}

/** `only`: a plain click or arrow. `toggle`: Ctrl. `range`: Shift, from the anchor. `focus`: Ctrl+arrow, moves without choosing. */
export type SelectMode = 'only' | 'toggle' | 'range' | 'focus';

export function select(selection: Selection, rows: readonly Row[], path: string, mode: SelectMode): Selection {
  switch (mode) {
    case 'only':
      return { paths: new Set([path]), anchor: path, active: path };
    case 'focus':
      return { ...selection, active: path };
    case 'toggle': {
      const paths = new Set(selection.paths);
      if (!paths.delete(path)) paths.add(path);
      return { paths, anchor: path, active: path };
    }
    case 'range': {
      const to = rows.findIndex((row) => row.path === path);
      const anchored = selection.anchor === null ? -1 : rows.findIndex((row) => row.path === selection.anchor);
      const from = anchored < 0 ? to : anchored;
      const range = rows.slice(Math.min(from, to), Math.max(from, to) + 1);
      return { paths: new Set(range.map((row) => row.path)), anchor: rows[from]?.path ?? path, active: path };
    }
  }
}

export function selectAll(selection: Selection, rows: readonly Row[]): Selection {
  const first = rows[0]?.path ?? null;
  return { paths: new Set(rows.map((row) => row.path)), anchor: selection.anchor ?? first, active: selection.active ?? first };
}

/** Drops what is not in the list any more. The same object when nothing changed. */
export function keepExisting(selection: Selection, rows: readonly Row[]): Selection {
  if (selection.paths.size === 0 && selection.active === null && selection.anchor === null) return selection;
  const existing = new Set(rows.map((row) => row.path));
  const paths = [...selection.paths].filter((path) => existing.has(path));
  const anchor = selection.anchor !== null && existing.has(selection.anchor) ? selection.anchor : null;
  const active = selection.active !== null && existing.has(selection.active) ? selection.active : null;
  if (paths.length === selection.paths.size && anchor === selection.anchor && active === selection.active) return selection;
  return { paths: new Set(paths), anchor, active };
}
