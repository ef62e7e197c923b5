import { create } from 'zustand';
import { recall, remember } from './remember.ts';
import type { SortColumn } from './sort-rows.ts';

export type Panel = 'sidebar' | 'inspector' | 'drawer';

/** Pixels. */
export const PANEL_LIMITS: Readonly<Record<Panel, { readonly smallest: number; readonly largest: number; readonly first: number }>> = {
  sidebar: { smallest: 168, largest: 400, first: 224 },
  inspector: { smallest: 240, largest: 520, first: 304 },
  drawer: { smallest: 108, largest: 560, first: 216 },
};

export type SizedColumn = Exclude<SortColumn, 'name'>;

export const COLUMN_LIMITS: Readonly<Record<SizedColumn, { readonly smallest: number; readonly largest: number; readonly first: number }>> = {
  size: { smallest: 64, largest: 200, first: 92 },
  modified: { smallest: 84, largest: 260, first: 140 },
  integrity: { smallest: 96, largest: 360, first: 210 },
};

interface Panels {
  readonly sizes: Readonly<Record<Panel, number>>;
  readonly columns: Readonly<Record<SizedColumn, number>>;
  readonly inspectorOpen: boolean;
  /** over the table, where the window is too narrow for both */
  readonly inspectorOver: boolean;
  readonly drawerOpen: boolean;
}

export const usePanels = create<Panels>()(() => {
  const remembered = recall('panels');
  return {
    sizes: { sidebar: first('sidebar', remembered), inspector: first('inspector', remembered), drawer: first('drawer', remembered) },
    columns: { size: firstColumn('size', remembered), modified: firstColumn('modified', remembered), integrity: firstColumn('integrity', remembered) },
    inspectorOpen: field(remembered, 'inspectorOpen') !== false,
    inspectorOver: false,
    drawerOpen: field(remembered, 'drawerOpen') !== false,
  };
});

usePanels.subscribe(({ sizes, columns, inspectorOpen, drawerOpen }) => remember('panels', { sizes, columns, inspectorOpen, drawerOpen }));

export function resizePanel(panel: Panel, size: number): void {
  usePanels.setState(({ sizes }) => ({ sizes: { ...sizes, [panel]: within(size, PANEL_LIMITS[panel]) } }));
}

export function resizeColumn(column: SizedColumn, size: number): void {
  usePanels.setState(({ columns }) => ({ columns: { ...columns, [column]: within(size, COLUMN_LIMITS[column]) } }));
}

/** Whether table and inspector fit beside each other. */
export const WIDE_WINDOW = '(min-width: 1100px)';

export function toggleInspector(): void {
  if (matchMedia(WIDE_WINDOW).matches) usePanels.setState(({ inspectorOpen }) => ({ inspectorOpen: !inspectorOpen }));
  else usePanels.setState(({ inspectorOver }) => ({ inspectorOver: !inspectorOver }));
}

export function showInspector(): void {
  usePanels.setState(matchMedia(WIDE_WINDOW).matches ? { inspectorOpen: true } : { inspectorOver: true });
}

export function hideInspector(): void {
  usePanels.setState(matchMedia(WIDE_WINDOW).matches ? { inspectorOpen: false } : { inspectorOver: false });
}

export function setDrawerOpen(drawerOpen: boolean): void {
  usePanels.setState({ drawerOpen });
}

function within(size: number, limits: { readonly smallest: number; readonly largest: number }): number {
  return Math.round(Math.min(limits.largest, Math.max(limits.smallest, size)));
}

function first(panel: Panel, remembered: unknown): number {
  const size = field(field(remembered, 'sizes'), panel);
  return typeof size === 'number' ? within(size, PANEL_LIMITS[panel]) : PANEL_LIMITS[panel].first;
}

function firstColumn(column: SizedColumn, remembered: unknown): number {
  const size = field(field(remembered, 'columns'), column);
  return typeof size === 'number' ? within(size, COLUMN_LIMITS[column]) : COLUMN_LIMITS[column].first;
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}
