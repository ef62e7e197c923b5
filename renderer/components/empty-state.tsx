import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

/** Says what is missing and teaches the next step. */
export function EmptyState({ icon: Icon, title, text, children, card = false }: { readonly icon: LucideIcon; readonly title: string; readonly text?: string; readonly children?: ReactNode; readonly card?: boolean }) {
  return (
    <div className={card ? 'empty empty-card' : 'empty'}>
      <Icon className="empty-icon" aria-hidden />
      <h2 className="empty-title">{title}</h2>
      {text !== undefined && <p className="empty-text">{text}</p>}
      {children !== undefined && <div className="button-row">{children}</div>}
    </div>
  );
}
