import { ArrowUpToLine, ChevronDown, ChevronRight, Copy, Download, Pause, Play, RotateCw, Upload, X } from 'lucide-react';
import { memo } from 'react';
import { cancelTransfers, retryTransfers, setPaused, setPriority } from '../../actions/transfer-actions.ts';
import { IconButton } from '../../components/button.tsx';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { formatBytesOf, formatCount, formatDate, percent } from '../../format.ts';
import { toggleBatch, useTransfers } from '../../stores/transfers-store.ts';
import { strings } from '../../strings.ts';
import { countOf } from './drawer-rows.ts';

const words = strings.transfers;
const ICONS = { upload: Upload, download: Download, copy: Copy } as const;

interface BatchRowProps {
  readonly batchId: string;
  readonly position: number;
  readonly of: number;
}

/** The head of what one action of the user began, with its totals. */
export const BatchRow = memo(function BatchRow({ batchId, position, of }: BatchRowProps) {
  const batch = useTransfers(({ overview }) => overview?.batches.find(({ id }) => id === batchId));
  const folded = useTransfers(({ foldedBatches }) => foldedBatches.has(batchId));
  if (batch === undefined) return null;
  const { id, title, counts, paused, priority } = batch;
  const Icon = ICONS[batch.direction];
  const open = counts.queued + counts.transferring + counts.verifying + counts.paused;
  const done = counts.done + counts.failed + counts.canceled;
  return (
    <div role="listitem" aria-label={title} aria-setsize={of} aria-posinset={position} className="batch-row">
      <IconButton label={folded ? words.unfoldBatch(title) : words.foldBatch(title)} icon={folded ? ChevronRight : ChevronDown} expanded={!folded} onPress={() => toggleBatch(id)} />
      <Icon className="icon" aria-hidden />
      <span className="batch-title" title={title}>{title}</span>
      <span className="batch-totals">
        {`${words.batchTotals(done, countOf(batch, null))} · ${formatBytesOf(batch.bytesDone, batch.bytesTotal)}`}
        {paused && <span className="paused-word">{` · ${words.pausedBatch}`}</span>}
        {batch.discovering && ` · ${words.discovering}`}
        {counts.failed > 0 && <span className="count-bad">{` · ${formatCount(counts.failed)} ${words.counts.failed}`}</span>}
      </span>
      <span className="drawer-space" />
      {open > 0 ? <ProgressBar label={words.progress(title)} done={batch.discovering ? null : percent(batch.bytesDone, batch.bytesTotal)} /> : <span className="muted">{formatDate(batch.queuedAt)}</span>}
      <span className="row-buttons">
        {counts.failed > 0 && <IconButton label={words.retryBatch(title)} icon={RotateCw} onPress={() => void retryTransfers({ batchId: id })} />}
        {open > 0 && <IconButton label={words.first(title)} icon={ArrowUpToLine} pressed={priority > 0} onPress={() => void setPriority(id, priority > 0 ? 0 : 1)} />}
        {open > 0 && <IconButton label={paused ? words.resumeBatch(title) : words.pauseBatch(title)} icon={paused ? Play : Pause} onPress={() => void setPaused({ batchId: id }, !paused)} />}
        {open > 0 && <IconButton label={words.cancelBatch(title)} icon={X} onPress={() => void cancelTransfers({ batchId: id })} />}
      </span>
    </div>
  );
});
