import { ChevronDown, ChevronRight } from 'lucide-react';
import { memo } from 'react';
import { baseName, parentPath } from '../../../shared/storage/path.ts';
import type { Receipt } from '../../../shared/transfers/transfer.ts';
import { Badge } from '../../components/badge.tsx';
import { IconButton } from '../../components/button.tsx';
import { Digest } from '../../components/digest.tsx';
import { EvidenceList } from '../../components/evidence-list.tsx';
import { formatBytes, formatDate, formatDateExact, formatExactBytes, localBaseName, localParentName } from '../../format.ts';
import { evidenceWord } from '../../integrity-words.ts';
import { placeLabel } from '../../stores/place.ts';
import { openReceipt, useReceipts } from '../../stores/receipts-store.ts';
import { strings } from '../../strings.ts';

const words = strings.receipts;

interface ReceiptRowProps {
  /** undefined while its page is on the way */
  readonly receipt: Receipt | undefined;
  readonly position: number;
  readonly of: number;
}

export const ReceiptRow = memo(function ReceiptRow({ receipt, position, of }: ReceiptRowProps) {
  const open = useReceipts((state) => receipt !== undefined && state.open === receipt.id);
  if (receipt === undefined) return <div role="listitem" aria-setsize={of} aria-posinset={position} className="receipt-row" aria-busy />;
  const { endpoint, locationName } = receipt.destination;
  const [name, where] = endpoint.kind === 'local'
    ? [localBaseName(endpoint.path), localParentName(endpoint.path)]
    : [baseName(endpoint.path), placeLabel(locationName ?? endpoint.locationId, parentPath(endpoint.path))];
  const word = evidenceWord(receipt.evidence);
  return (
    <div role="listitem" aria-label={name} aria-setsize={of} aria-posinset={position}>
      <div className="receipt-row" onClick={() => openReceipt(open ? null : receipt.id)}>
        <span className="receipt-file" title={name}>
          <IconButton label={strings.transfers.details(name)} icon={open ? ChevronDown : ChevronRight} expanded={open} onPress={() => openReceipt(open ? null : receipt.id)} />
          <span className="cell-text">{name}</span>
        </span>
        <span className="receipt-where" title={where}>{where}</span>
        <span className="receipt-size">{formatBytes(receipt.size)}</span>
        <span className="receipt-finished">{formatDate(receipt.finishedAt)}</span>
        <span className="receipt-evidence"><Badge tone={word.tone} text={word.text} /></span>
      </div>
      {open && <ReceiptDetails receipt={receipt} />}
    </div>
  );
});

function ReceiptDetails({ receipt }: { readonly receipt: Receipt }) {
  return (
    <div className="receipt-details">
      <EvidenceList evidence={receipt.evidence} resumed={receipt.resumed} />
      {Object.values(receipt.checksums).map((checksum) => <Digest key={checksum} checksum={checksum} />)}
      <dl className="facts">
        <dt>{words.source}</dt>
        <dd>{receipt.source.uri}</dd>
        <dt>{words.destination}</dt>
        <dd>{receipt.destination.uri}</dd>
        <dt>{words.columns.size}</dt>
        <dd>{formatExactBytes(receipt.size)}</dd>
        <dt>{words.started}</dt>
        <dd>{formatDateExact(receipt.startedAt)}</dd>
        <dt>{words.columns.finished}</dt>
        <dd>{formatDateExact(receipt.finishedAt)}</dd>
        <dt>{words.attempts}</dt>
        <dd>{receipt.attempts}</dd>
        {receipt.errors.length > 0 && <><dt>{words.errors}</dt><dd>{receipt.errors.map(({ message }) => message).join(' ')}</dd></>}
        {receipt.destination.versionId !== null && <><dt>{words.versionId}</dt><dd>{receipt.destination.versionId}</dd></>}
        <dt>{words.version}</dt>
        <dd>{receipt.appVersion}</dd>
      </dl>
    </div>
  );
}
