import { Check, Minus } from 'lucide-react';
import type { Evidence } from '../../shared/storage/evidence.ts';
import { describeEvidence } from '../../shared/storage/evidence.ts';
import { formatDateExact } from '../format.ts';

/** What is known and how, a sentence each, with its time. */
export function EvidenceList({ evidence }: { readonly evidence: readonly Evidence[] }) {
  return (
    <ul className="evidence">
      {evidence.map((one, index) => {
        const Icon = one.level === 0 ? Minus : Check;
        return (
          <li key={index} className={one.level === 0 ? 'evidence-item evidence-weak' : 'evidence-item'}>
            <Icon className="icon-small" aria-hidden />
            <span>
              {describeEvidence(one)} · <span className="muted">{formatDateExact(one.at)}</span>
              {one.note !== undefined && <span className="evidence-note">{one.note}</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
