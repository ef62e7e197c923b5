import { parseChecksum } from '../../../shared/storage/checksum.ts';
import type { Checksum } from '../../../shared/storage/checksum.ts';
import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import { ERROR_ADVICE } from '../../../shared/storage/errors.ts';
import type { Transfer } from '../../../shared/transfers/transfer.ts';
import { Digest } from '../../components/digest.tsx';
import { TechnicalDetails } from '../../components/error-panel.tsx';
import { EvidenceList } from '../../components/evidence-list.tsx';
import { strings } from '../../strings.ts';
import { whatWasKept } from './transfer-words.ts';

const words = strings.transfers;

/** Under a row: what happened, what was kept and what to do; or the evidence of what is stored. */
export function TransferDetails({ transfer: { status, attempts } }: { readonly transfer: Transfer }) {
  if (status.state === 'failed') return <Failure error={status.error} attempts={attempts} />;
  if (status.state !== 'done') return null;
  if (status.outcome === 'skipped') return <div className="transfer-details"><p>{status.reason}</p></div>;
  return (
    <div className="transfer-details">
      <EvidenceList evidence={status.evidence} />
      {Object.values(status.checksums).map((checksum) => <Digest key={checksum} checksum={checksum} />)}
    </div>
  );
}

function Failure({ error, attempts }: { readonly error: ErrorRecord; readonly attempts: number }) {
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
        <dd>{ERROR_ADVICE[error.code].nextStep}</dd>
      </dl>
      {expected !== null && found !== null && (
        <div className="transfer-digests">
          <Digest checksum={expected} title={words.expected} />
          <Digest checksum={found} title={words.found} tone="bad" />
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
