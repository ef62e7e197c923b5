import { ChevronDown, ChevronRight, Pause, Play, RotateCw, X } from 'lucide-react';
import { memo } from 'react';
import { adviceFor } from '../../../shared/storage/error-advice.ts';
import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import { trustOfferOf } from '../../../shared/storage/trust-offer.ts';
import type { Progress, Transfer } from '../../../shared/transfers/transfer.ts';
import { cancelTransfers, retryTransfers, setPaused } from '../../actions/transfer-actions.ts';
import { Badge } from '../../components/badge.tsx';
import { Button, IconButton } from '../../components/button.tsx';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { formatBytes, formatBytesOf, formatSpeed, formatTimeLeft, percent } from '../../format.ts';
import { decideConflict } from '../../stores/conflicts-store.ts';
import { openDialog } from '../../stores/dialog-store.ts';
import { useLocations } from '../../stores/locations-store.ts';
import type { LiveTransfer } from '../../stores/transfers-store.ts';
import { PAGE_ROWS, pageKey, setDetails, useTransfers } from '../../stores/transfers-store.ts';
import { strings } from '../../strings.ts';
import { TransferDetails } from './transfer-details.tsx';
import { isOpen, locationOf, progressOf, statusWord, transferName, transferTarget } from './transfer-words.ts';

const words = strings.transfers;

interface TransferRowProps {
  readonly batchId: string;
  /** place in its batch */
  readonly index: number;
  readonly position: number;
  readonly of: number;
}

/** The live record wins over that of the page; until either is there the line is kept free. */
export const TransferRow = memo(function TransferRow({ batchId, index, position, of }: TransferRowProps) {
  const paged = useTransfers(({ pages }) => pages.get(pageKey(batchId, Math.floor(index / PAGE_ROWS)))?.rows[index % PAGE_ROWS]);
  const live = useTransfers((state) => (paged === undefined ? undefined : state.live.get(paged.id)));
  const transfer: Transfer | LiveTransfer | undefined = live ?? paged;
  if (transfer === undefined) return <div role="listitem" aria-setsize={of} aria-posinset={position} className="transfer-row" aria-busy />;
  return <Known transfer={transfer} live={live} position={position} of={of} />;
});

function Known({ transfer, live, position, of }: { readonly transfer: Transfer; readonly live: LiveTransfer | undefined; readonly position: number; readonly of: number }) {
  const { id, status } = transfer;
  const wished = useTransfers(({ details }) => details.get(id));
  const name = transferName(transfer);
  const target = useLocations(({ locations }) => transferTarget(transfer, (locationId) => locations?.find((one) => one.id === locationId)?.name ?? locationId));
  const word = statusWord(transfer);
  const hasDetails = status.state === 'failed' || status.state === 'done';
  // both digests of a mismatch are seen without asking for them, and so is the question whether to trust a server
  const open = hasDetails && (wished ?? (status.state === 'failed' && (status.error.code === 'checksum_mismatch' || trustOfferOf(status.error) !== null)));
  return (
    <div role="listitem" aria-label={name} aria-setsize={of} aria-posinset={position} className="transfer" data-state={status.state}>
      <div className="transfer-row">
        <span className="transfer-name" title={`${name} → ${target}`}>
          <span className="transfer-file">{name}</span>
          <span className="transfer-target"> → {target}</span>
        </span>
        {status.state === 'failed' ? (
          <span className="transfer-failure" title={`${status.error.message} ${adviceFor(status.error).nextStep}`}>{status.error.message}</span>
        ) : status.state === 'paused' && status.reason === 'conflict' ? (
          <span className="transfer-question">{words.question} <Button small onPress={() => decideConflict(transfer)}>{words.decide}</Button></span>
        ) : (
          <Movement transfer={transfer} live={live} name={name} />
        )}
        <span className="transfer-status" title={word.text}>{word.kind === 'badge' ? <Badge tone={word.tone} text={word.text} /> : word.text}</span>
        <span className="row-buttons">
          {(status.state === 'failed' || status.state === 'canceled') && <IconButton label={words.retry(name)} icon={RotateCw} onPress={() => void retryTransfers({ transferId: id })} />}
          {(status.state === 'queued' || status.state === 'transferring' || status.state === 'verifying') && <IconButton label={words.pauseOne(name)} icon={Pause} onPress={() => void setPaused({ transferId: id }, true)} />}
          {status.state === 'paused' && status.reason === 'user' && <IconButton label={words.resumeOne(name)} icon={Play} onPress={() => void setPaused({ transferId: id }, false)} />}
          {isOpen(status) && <IconButton label={words.cancel(name)} icon={X} onPress={() => void cancelTransfers({ transferId: id })} />}
          {hasDetails && <IconButton label={words.details(name)} icon={open ? ChevronDown : ChevronRight} expanded={open} onPress={() => setDetails(id, !open)} />}
        </span>
      </div>
      {status.state === 'failed' && !open && <NextStep transfer={transfer} error={status.error} />}
      {open && <TransferDetails transfer={transfer} />}
    </div>
  );
}

/** A failure stays until it is dismissed, so it says what can be done about it. */
function NextStep({ transfer, error }: { readonly transfer: Transfer; readonly error: ErrorRecord }) {
  const { nextStep, inSettings } = adviceFor(error);
  const locationId = locationOf(transfer);
  return (
    <p className="transfer-next">
      <span className="transfer-next-text" title={nextStep}>{nextStep}</span>
      {inSettings && locationId !== null && <Button small onPress={() => openDialog({ kind: 'edit location', locationId })}>{words.editLocation}</Button>}
    </p>
  );
}

function Movement({ transfer, live, name }: { readonly transfer: Transfer; readonly live: LiveTransfer | undefined; readonly name: string }) {
  const { status, size } = transfer;
  const progress = progressOf(status, size);
  const tone = status.state === 'verifying' || status.state === 'done' ? 'proven' : 'accent';
  const moving = status.state === 'transferring' || status.state === 'verifying';
  return (
    <>
      {progress === null ? <span /> : <ProgressBar label={words.progress(name)} done={percent(progress.bytes, progress.total)} tone={tone} />}
      <span className="transfer-bytes">{bytesText(progress, size)}</span>
      <span className="transfer-speed">{moving ? formatSpeed(live?.bytesPerSecond ?? null) : ''}</span>
      <span className="transfer-left">{moving ? formatTimeLeft(live?.secondsLeft ?? null) : ''}</span>
    </>
  );
}

function bytesText(progress: Progress | null, size: number | null): string {
  if (progress === null || (progress.total === null && progress.bytes === 0)) return size === null ? '' : formatBytes(size);
  return progress.bytes === progress.total ? formatBytes(progress.bytes) : formatBytesOf(progress.bytes, progress.total);
}
