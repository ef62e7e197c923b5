import { CircleDashed, ShieldCheck, TriangleAlert, X } from 'lucide-react';
import type { Tone } from '../integrity-words.ts';

const ICONS = { proven: ShieldCheck, caution: TriangleAlert, bad: X, none: CircleDashed } as const;

/** What is known, in an icon, words and a colour; the words alone are enough. */
export function Badge({ tone, text, tip }: { readonly tone: Tone; readonly text: string; readonly tip?: string }) {
  const Icon = ICONS[tone];
  return (
    <span className={`badge badge-${tone}`} data-tip={tip}>
      <Icon className="badge-icon" aria-hidden />
      <span className="badge-text">{text}</span>
    </span>
  );
}
