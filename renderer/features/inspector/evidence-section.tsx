import type { FileRow } from '../../../shared/ipc/views.ts';
import type { Checksum } from '../../../shared/storage/checksum.ts';
import { Digest } from '../../components/digest.tsx';
import { EvidenceList } from '../../components/evidence-list.tsx';
import { formatDate } from '../../format.ts';
import { strings } from '../../strings.ts';
import type { FileReceiptsState } from './use-file-receipts.ts';

const words = strings.inspector;

/** Digests and the sentences for them. What a listing reports is shown as reported, never as evidence. */
export function EvidenceSection({ row, receipts }: { readonly row: FileRow; readonly receipts: FileReceiptsState }) {
  const { integrity, checksum } = row;
  const latest = receipts.kind === 'ready' ? receipts.receipts[0] : undefined;
  if (integrity.kind === 'mismatch') {
    return (
      <>
        <p className="text-bad">{words.mismatchText}</p>
        <Digest checksum={integrity.expected} title={strings.transfers.expected} />
        <Digest checksum={integrity.found} title={strings.transfers.found} tone="bad" />
      </>
    );
  }
  const digests = integrity.kind === 'proven' ? digestsOf(integrity.checksum, latest === undefined ? [] : Object.values(latest.checksums)) : [];
  return (
    <>
      {digests.map((digest) => <Digest key={digest} checksum={digest} />)}
      {checksum !== null && !digests.includes(checksum) && <Digest checksum={checksum} note={words.reported} />}
      <h3 className="section-title">{words.evidence}</h3>
      {integrity.kind === 'changed' && <p className="text-caution">{words.changedText(formatDate(integrity.since))}</p>}
      {integrity.kind === 'unknown' && <p className="muted">{words.noEvidence}</p>}
      {integrity.kind === 'proven' && latest !== undefined && <EvidenceList evidence={latest.evidence} />}
    </>
  );
}

function digestsOf(proven: Checksum | null, others: readonly Checksum[]): readonly Checksum[] {
  return proven === null ? others : [proven, ...others.filter((one) => one !== proven)];
}
