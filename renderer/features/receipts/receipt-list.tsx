import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { loadReceiptPage, useReceipts } from '../../stores/receipts-store.ts';
import { PAGE_ROWS } from '../../stores/transfers-store.ts';
import { strings } from '../../strings.ts';
import { ReceiptRow } from './receipt-row.tsx';

const ROW = 30;
const words = strings.receipts;

/** Only the receipts in sight exist; their pages are asked for as they come into sight. */
export function ReceiptList() {
  const total = useReceipts((state) => state.total ?? 0);
  const search = useReceipts((state) => state.search);
  const pages = useReceipts((state) => state.pages);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: total, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 10 });
  const items = virtual.getVirtualItems();
  const wanted = [...new Set(items.map(({ index }) => Math.floor(index / PAGE_ROWS)))].join(' ');
  useEffect(() => {
    for (const page of wanted === '' ? [] : wanted.split(' ')) void loadReceiptPage(Number(page));
  }, [wanted, search, pages]);
  return (
    <>
      <div className="receipt-columns" aria-hidden>
        {Object.entries(words.columns).map(([column, name]) => <span key={column} className={`receipt-${column}`}>{name}</span>)}
      </div>
      <div ref={scroller} className="receipt-list" role="list" aria-label={words.list} tabIndex={0}>
        <div role="presentation" className="drawer-lines" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, key, start }) => (
            <div key={key} role="presentation" ref={virtual.measureElement} data-index={index} className="drawer-line" style={{ transform: `translateY(${start}px)` }}>
              <ReceiptRow receipt={pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS]} position={index + 1} of={total} />
            </div>
          ))}
        </div>
      </div>
    </>
  );
}
