import { Check, CornerDownRight, Minus } from 'lucide-react';
import type { Evidence, Resumption } from '../../shared/storage/evidence.ts';
import { describeEvidence } from '../../shared/storage/evidence.ts';
import { formatDateExact } from '../format.ts';
import { strings } from '../strings.ts';

interface EvidenceListProps {
  readonly evidence: readonly Evidence[];
  /** where the transfer went on after interruptions */
  readonly resumed?: readonly Resumption[];
}

/** What is known and how, a sentence each, with its time. */
export function EvidenceList({ evidence, resumed = [] }: EvidenceListProps) {
  return (
    <ul className="evidence">
      {resumed.map((resumption) => (
        <li key={resumption.at} className="evidence-item evidence-resumed">
          <CornerDownRight className="icon-small" aria-hidden />
          <span>{strings.evidence.resumed(resumption)}, <span className="evidence-time">{formatDateExact(resumption.at)}</span></span>
        </li>
      ))}
      {evidence.map((one, index) => {
        const Icon = one.level === 0 ? Minus : Check;
        return (
          <li key={index} className={one.level === 0 ? 'evidence-item evidence-weak' : 'evidence-item'}>
            <Icon className="icon-small" aria-hidden />
            <span>
              {describeEvidence(one)}, <span className="evidence-time">{formatDateExact(one.at)}</span>
              {one.note !== undefined && <span className="evidence-note">{one.note}</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
