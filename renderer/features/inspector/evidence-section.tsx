import type { FileRow, IntegrityState } from '../../../shared/ipc/views.ts';
import type { Checksum } from '../../../shared/storage/checksum.ts';
import { checksumAlgorithm } from '../../../shared/storage/checksum.ts';
import type { Evidence } from '../../../shared/storage/evidence.ts';
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
      {integrity.kind === 'proven' && receipts.kind !== 'loading' && <EvidenceList evidence={provenBy(integrity, row.size, latest?.evidence ?? [])} resumed={latest?.resumed ?? []} />}
    </>
  );
}

/** The receipt's evidence, and before it what a later check found that no receipt tells. */
export function provenBy({ level, algorithm, checksum, at }: Extract<IntegrityState, { kind: 'proven' }>, size: number | null, told: readonly Evidence[]): readonly Evidence[] {
  if (level === 0 || told.some((one) => one.level === level)) return told;
  const value = checksum !== null && checksumAlgorithm(checksum) === algorithm ? checksum : null;
  return [{ level, algorithm, by: level === 2 ? 'server' : 'holdfast', at, value, size: size ?? 0 }, ...told];
}

function digestsOf(proven: Checksum | null, others: readonly Checksum[]): readonly Checksum[] {
  return proven === null ? others : [proven, ...others.filter((one) => one !== proven)];
}
