import { useMemo } from 'react';
import type { FileRow } from '../../../shared/ipc/views.ts';
import { selectedRows, useBrowser } from '../../stores/browser-store.ts';
import { useDrop } from '../../stores/drop-store.ts';
import { formatBytes } from '../../format.ts';
import { useReceiptCount } from '../../stores/receipts-store.ts';
import { useSpace } from '../../stores/space-store.ts';
import { useTransfers } from '../../stores/transfers-store.ts';
import { strings } from '../../strings.ts';

const words = strings.status;

export function StatusBar() {
  const rows = useBrowser((state) => state.rows);
  const visible = useBrowser((state) => state.visible);
  const selection = useBrowser((state) => state.selection);
  const status = useBrowser((state) => state.status);
  const adding = useDrop((state) => state.adding);
  const free = useSpace(({ space }) => space?.available ?? null);
  const receipts = useReceiptCount((state) => state.count);
  const open = useTransfers(({ overview }) => (overview === null ? null : overview.counts.queued + overview.counts.transferring + overview.counts.verifying + overview.counts.paused));
  const total = useMemo(() => bytesOf(rows), [rows]);
  const selected = useMemo(() => selectedRows({ visible, selection }), [visible, selection]);
  return (
    <footer className="status-bar">
      <span>{status === 'loading' ? words.listing(rows.length) : status === 'ready' ? words.items(rows.length, total) : ''}</span>
      {visible.length !== rows.length && <span>{words.shown(visible.length)}</span>}
      {selected.length > 0 && <span>{words.selected(selected.length, bytesOf(selected))}</span>}
      {adding > 0 && <span role="status">{words.adding(adding)}</span>}
      <span className="status-end">
        {[free === null ? null : words.free(formatBytes(free)), open === null ? null : open === 0 ? words.allFinished : words.transfersOpen(open), receipts === null ? null : words.receipts(receipts)].filter((part) => part !== null).join(' · ')}
      </span>
    </footer>
  );
}

function bytesOf(rows: readonly FileRow[]): number {
  return rows.reduce((sum, { size }) => sum + (size ?? 0), 0);
}
