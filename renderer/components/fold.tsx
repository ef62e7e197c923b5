import { ChevronDown, ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { useId } from 'react';

interface FoldProps {
  readonly title: string;
  /** what is inside, in few words, while it is folded */
  readonly summary?: string;
  readonly open: boolean;
  readonly onToggle: (open: boolean) => void;
  readonly children: ReactNode;
}

/** A part that is folded away until somebody wants it. */
export function Fold({ title, summary, open, onToggle, children }: FoldProps) {
  const id = useId();
  const Icon = open ? ChevronDown : ChevronRight;
  return (
    <section className="fold">
      <h3 className="fold-head">
        <button type="button" className="fold-button" aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => onToggle(!open)}>
          <Icon className="icon" aria-hidden />
          <span className="fold-title">{title}</span>
          {!open && summary !== undefined && <span className="fold-summary">{summary}</span>}
        </button>
      </h3>
      {open && <div className="fold-body" id={id}>{children}</div>}
    </section>
  );
}
