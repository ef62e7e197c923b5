import { Download, ReceiptText, Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { exportReceipts } from '../../actions/transfer-actions.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorPanel } from '../../components/error-panel.tsx';
import { MenuButton } from '../../components/menu.tsx';
import { searchReceipts, useReceipts } from '../../stores/receipts-store.ts';
import { strings } from '../../strings.ts';
import { ReceiptList } from './receipt-list.tsx';

const words = strings.receipts;
const SEARCH_AFTER_MS = 200;

/** Every receipt, searchable; the list is read again whenever it is opened. */
export function ReceiptsView() {
  const total = useReceipts((state) => state.total);
  const error = useReceipts((state) => state.error);
  const search = useReceipts((state) => state.search);
  const [text, setText] = useState(search);
  useEffect(() => {
    const timer = setTimeout(() => searchReceipts(text.trim()), SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <section className="receipts" aria-label={words.region}>
      <header className="receipts-head">
        <h2 className="receipts-title">{words.title}</h2>
        <span className="muted">{total === null ? '' : words.count(total)}</span>
        <span className="drawer-space" />
        <div className="filter">
          <Search className="icon filter-icon" aria-hidden />
          <input type="search" className="filter-input" aria-label={words.search} placeholder={words.search} value={text} spellCheck={false} onChange={(event) => setText(event.target.value)} />
        </div>
        <MenuButton
          label={words.exportMenu}
          icon={Download}
          entries={[
            { id: 'json', title: words.exportJson, run: () => void exportReceipts('json') },
            { id: 'sha256sums', title: words.exportSums, run: () => void exportReceipts('sha256sums') },
          ]}
        />
      </header>
      {error !== null ? (
        <div className="region-failed"><ErrorPanel error={error} title={words.failed}><Button onPress={() => searchReceipts(search)}>{strings.app.tryAgain}</Button></ErrorPanel></div>
      ) : total === 0 ? (
        <EmptyState card icon={ReceiptText} title={search === '' ? words.emptyTitle : words.noneFound} {...(search === '' ? { text: words.emptyText } : {})} />
      ) : (
        <ReceiptList />
      )}
    </section>
  );
}
