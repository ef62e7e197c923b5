import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import type { CSSProperties, KeyboardEvent, MouseEvent } from 'react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { dropHandlers } from '../../components/file-drop.ts';
import type { MenuPoint } from '../../components/menu.tsx';
import { useTakeFocus } from '../../components/use-focus-wish.ts';
import { selectRow, useBrowser } from '../../stores/browser-store.ts';
import { useDrop } from '../../stores/drop-store.ts';
import { usePanels } from '../../stores/panels-store.ts';
import type { Place } from '../../stores/place.ts';
import { strings } from '../../strings.ts';
import { FileMenu } from './file-menu.tsx';
import { FileRow, rowId } from './file-row.tsx';
import { GridHeader } from './grid-header.tsx';
import { gridAction, typeAhead } from './grid-keys.ts';
import { openRow, performGridAction } from './perform.ts';

const ROW = 30;
const HEAD = 28;
const TYPING_ENDS_MS = 800;

/** The table of a folder: only the rows in sight are in the page, the keyboard stays on the table and names its row by `aria-activedescendant`. */
export function FileGrid({ place }: { readonly place: Place }) {
  const rows = useBrowser((state) => state.visible);
  const selection = useBrowser((state) => state.selection);
  const renaming = useBrowser((state) => state.renaming);
  const columns = usePanels((state) => state.columns);
  const aimed = useDrop(({ target }) => (target?.locationId === place.locationId ? target.path : null));
  const grid = useRef<HTMLDivElement>(null);
  const typing = useRef({ text: '', at: 0 });
  const [menu, setMenu] = useState<MenuPoint | null>(null);
  const activePath = selection.active;
  const active = activePath === null ? -1 : rows.findIndex(({ path }) => path === activePath);

  const getItemKey = useCallback((index: number) => rows[index]?.path ?? index, [rows]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => grid.current,
    estimateSize: () => ROW,
    overscan: 10,
    scrollMargin: HEAD,
    scrollPaddingStart: HEAD,
    getItemKey,
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range);
      // a screen reader must find the row that the keyboard is on, wherever it was scrolled to
      return active < 0 || shown.includes(active) || active >= range.count ? shown : [...shown, active].toSorted((a, b) => a - b);
    },
  });

  useTakeFocus('files', useCallback(() => grid.current?.focus(), []));
  useEffect(() => {
    // asked of the store: the table must follow the keyboard, but stay where it is when rows are added above
    const index = activePath === null ? -1 : useBrowser.getState().visible.findIndex(({ path }) => path === activePath);
    if (index >= 0) virtual.scrollToIndex(index);
  }, [activePath, virtual]);

  const keyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== grid.current) return;
    if (event.timeStamp - typing.current.at > TYPING_ENDS_MS) typing.current.text = '';
    const action = gridAction(event, { count: rows.length, active, page: Math.max(1, Math.floor((grid.current.clientHeight - HEAD) / ROW) - 1), typed: typing.current.text });
    if (action === null) return;
    event.preventDefault();
    if (action.kind === 'type') {
      typing.current = { text: typing.current.text + action.text, at: event.timeStamp };
      const found = rows[typeAhead(rows, active, typing.current.text)];
      if (found !== undefined) selectRow(found.path, 'only');
      return;
    }
    typing.current.text = '';
    if (action.kind === 'menu') openMenuAt(active);
    else performGridAction(action, rows, active, place);
  };

  const openMenuAt = (index: number) => {
    const box = (document.getElementById(rowId(index)) ?? grid.current)?.getBoundingClientRect();
    if (box !== undefined) setMenu({ x: box.left + 40, y: box.top + ROW });
  };

  const rowAt = (target: EventTarget) => {
    const index = target instanceof Element ? target.closest('[data-index]')?.getAttribute('data-index') : null;
    return index === null || index === undefined ? undefined : rows[Number(index)];
  };

  const click = (event: MouseEvent) => {
    const row = rowAt(event.target);
    if (row !== undefined) selectRow(row.path, event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'toggle' : 'only');
  };

  const contextMenu = (event: MouseEvent) => {
    event.preventDefault();
    const row = rowAt(event.target);
    if (row !== undefined && !selection.paths.has(row.path)) selectRow(row.path, 'only');
    setMenu({ x: event.clientX, y: event.clientY });
  };

  const widths = { '--size': `${columns.size}px`, '--modified': `${columns.modified}px`, '--integrity': `${columns.integrity}px` } as CSSProperties;
  return (
    <>
      <div
        ref={grid}
        role="grid"
        aria-label={strings.browser.grid}
        aria-multiselectable
        aria-rowcount={rows.length + 1}
        aria-colcount={4}
        aria-activedescendant={active < 0 ? undefined : rowId(active)}
        tabIndex={0}
        className="grid"
        style={widths}
        onKeyDown={keyDown}
        onClick={click}
        onDoubleClick={(event) => {
          const row = rowAt(event.target);
          if (row !== undefined) openRow(row, place);
        }}
        onContextMenu={contextMenu}
        {...dropHandlers((element) => {
          const row = rowAt(element);
          return row?.kind === 'folder' ? { locationId: place.locationId, path: row.path } : place;
        })}
      >
        <GridHeader />
        <div role="rowgroup" className="grid-body" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start, key }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <FileRow
                key={key}
                row={row}
                index={index}
                top={start - HEAD}
                selected={selection.paths.has(row.path)}
                active={index === active}
                renaming={renaming === row.path}
                aimed={aimed === row.path}
                locationId={place.locationId}
              />
            );
          })}
        </div>
      </div>
      {menu !== null && <FileMenu at={menu} place={place} onClose={() => setMenu(null)} />}
    </>
  );
}
