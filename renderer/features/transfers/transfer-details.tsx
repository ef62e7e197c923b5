import { ShieldQuestion } from 'lucide-react';
import { parseChecksum } from '../../../shared/storage/checksum.ts';
import type { Checksum } from '../../../shared/storage/checksum.ts';
import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import { adviceFor } from '../../../shared/storage/error-advice.ts';
import { trustOfferOf } from '../../../shared/storage/trust-offer.ts';
import type { Transfer } from '../../../shared/transfers/transfer.ts';
import { Button } from '../../components/button.tsx';
import { Digest } from '../../components/digest.tsx';
import { TechnicalDetails } from '../../components/error-panel.tsx';
import { EvidenceList } from '../../components/evidence-list.tsx';
import { openDialog } from '../../stores/dialog-store.ts';
import { strings } from '../../strings.ts';
import { locationOf, whatWasKept } from './transfer-words.ts';

const words = strings.transfers;

/** Under a row: what happened, what was kept and what to do; or the evidence of what is stored. */
export function TransferDetails({ transfer }: { readonly transfer: Transfer }) {
  const { status } = transfer;
  if (status.state === 'failed') return <Failure error={status.error} transfer={transfer} />;
  if (status.state !== 'done') return null;
  if (status.outcome === 'skipped') return <div className="transfer-details"><p>{status.reason}</p></div>;
  return (
    <div className="transfer-details">
      <EvidenceList evidence={status.evidence} />
      {Object.values(status.checksums).map((checksum) => <Digest key={checksum} checksum={checksum} />)}
    </div>
  );
}

function Failure({ error, transfer }: { readonly error: ErrorRecord; readonly transfer: Transfer }) {
  const { attempts } = transfer;
  const offer = trustOfferOf(error);
  const { nextStep, inSettings } = adviceFor(error);
  const locationId = locationOf(transfer);
  const expected = checksumIn(error, 'expected');
  const found = checksumIn(error, 'found');
  return (
    <div className="transfer-details">
      <dl className="facts">
        <dt>{words.happened}</dt>
        <dd>{error.message}{attempts > 1 && ` (${words.attempts(attempts)})`}</dd>
        <dt>{words.kept}</dt>
        <dd>{whatWasKept(error)}</dd>
        <dt>{words.todo}</dt>
        <dd>{nextStep}</dd>
      </dl>
      {expected !== null && found !== null && (
        <div className="transfer-digests">
          <Digest checksum={expected} title={words.expected} />
          <Digest checksum={found} title={words.found} tone="bad" />
        </div>
      )}
      {offer !== null && locationId !== null && (
        <div className="button-row">
          <Button small icon={ShieldQuestion} onPress={() => openDialog({ kind: 'trust', locationId, error, transferId: transfer.id })}>{offer.trust === 'changed' ? strings.trust.explain : strings.trust.decide}</Button>
        </div>
      )}
      {offer === null && inSettings && locationId !== null && (
        <div className="button-row">
          <Button small onPress={() => openDialog({ kind: 'edit location', locationId })}>{words.editLocation}</Button>
        </div>
      )}
      <TechnicalDetails error={error} />
    </div>
  );
}

function checksumIn({ context }: ErrorRecord, key: string): Checksum | null {
  const value = context[key];
  if (typeof value !== 'string') return null;
  try {
    return parseChecksum(value);
  } catch {
    // a size or a sentence stands there: the technical details show it
    return null;
  }
}
