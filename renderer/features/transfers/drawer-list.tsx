import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowUpDown } from 'lucide-react';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorPanel } from '../../components/error-panel.tsx';
import { Button } from '../../components/button.tsx';
import { FILTER_STATES, loadTransferPage, loadTransfers, PAGE_ROWS, useTransfers } from '../../stores/transfers-store.ts';
import { strings } from '../../strings.ts';
import { BatchRow } from './batch-row.tsx';
import type { DrawerLayout } from './drawer-rows.ts';
import { layOut, lineKey, lineOf, rowAt, shapeOf } from './drawer-rows.ts';
import { TransferRow } from './transfer-row.tsx';

const LINE = 32;
const ASK_AGAIN_AFTER_MS = 250;

/** Only the lines in sight exist, and only their pages are asked for; records under way come with the overview. */
export function DrawerList() {
  const filter = useTransfers((state) => state.filter);
  const shape = useTransfers(({ overview, foldedBatches }) => shapeOf(overview?.batches ?? [], FILTER_STATES[filter], foldedBatches));
  const noBatches = useTransfers(({ overview }) => overview === null || overview.batches.length === 0);
  const revision = useTransfers(({ overview }) => overview?.revision ?? 0);
  const error = useTransfers((state) => state.error);
  const scroller = useRef<HTMLDivElement>(null);
  const layout = useMemo(() => layOut(shape), [shape]);
  const getItemKey = useCallback((line: number) => lineKey(layout, line), [layout]);
  const virtual = useVirtualizer({ count: layout.count, getScrollElement: () => scroller.current, estimateSize: () => LINE, overscan: 6, getItemKey });
  const items = virtual.getVirtualItems();
  useStillness(layout, scroller);

  const wanted = pagesOf(layout, items.map(({ index }) => index));
  const askedAt = useRef(-Infinity);
  useEffect(() => {
    const timer = setTimeout(() => {
      askedAt.current = performance.now();
      for (const key of wanted === '' ? [] : wanted.split('\n')) {
        const [batchId = '', page = '0'] = key.split(' ');
        void loadTransferPage(batchId, Number(page));
      }
    }, Math.max(0, ASK_AGAIN_AFTER_MS - (performance.now() - askedAt.current)));
    return () => clearTimeout(timer);
  }, [wanted, revision, filter]);

  if (error !== null) return <ErrorPanel error={error} title={strings.transfers.loadFailed}><Button onPress={() => void loadTransfers()}>{strings.app.tryAgain}</Button></ErrorPanel>;
  if (layout.count === 0) {
    return noBatches ? <EmptyState icon={ArrowUpDown} title={strings.transfers.none} text={strings.transfers.emptyText} /> : <p className="quiet-line">{strings.transfers.noneInFilter}</p>;
  }
  return (
    <div ref={scroller} className="drawer-list" tabIndex={0} role="list" aria-label={strings.transfers.list}>
      <div role="presentation" className="drawer-lines" style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, key, start }) => {
          const row = rowAt(layout, index);
          return row === null ? null : (
            <div key={key} role="presentation" ref={virtual.measureElement} data-index={index} className="drawer-line" style={{ transform: `translateY(${start}px)` }}>
              {row.kind === 'batch' ? (
                <BatchRow batchId={row.batchId} position={index + 1} of={layout.count} />
              ) : (
                <TransferRow batchId={row.batchId} index={row.index} position={index + 1} of={layout.count} />
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** The pages of the lines in sight, as one text so that it is the same as long as they are. */
function pagesOf(layout: DrawerLayout, lines: readonly number[]): string {
  const pages = new Set<string>();
  for (const line of lines) {
    const row = rowAt(layout, line);
    if (row?.kind === 'transfer') pages.add(`${row.batchId} ${Math.floor(row.index / PAGE_ROWS)}`);
  }
  return [...pages].join('\n');
}

/** When lines appear or go above what is being read, the list is scrolled by as much, so that it stays where it is. */
function useStillness(layout: DrawerLayout, scroller: { readonly current: HTMLDivElement | null }): void {
  const before = useRef<DrawerLayout>(layout);
  useLayoutEffect(() => {
    const list = scroller.current;
    const old = before.current;
    before.current = layout;
    if (list === null || old === layout || list.scrollTop < LINE) return;
    const top = Math.floor(list.scrollTop / LINE);
    const row = rowAt(old, top);
    const now = row === null ? -1 : lineOf(layout, row);
    if (now >= 0 && now !== top) list.scrollTop += (now - top) * LINE;
  }, [layout, scroller]);
}
