import { TriangleAlert } from 'lucide-react';
import { Children, type ReactNode } from 'react';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import { adviceFor } from '../../shared/storage/error-advice.ts';
import { strings } from '../strings.ts';
import { CopyButton } from './copy-button.tsx';

interface ErrorPanelProps {
  readonly error: ErrorRecord;
  /** instead of the heading that belongs to the error's code */
  readonly title?: string;
  readonly kept?: string;
  readonly children?: ReactNode;
}

/** What happened, what was kept, what to do; the technical part folded and copyable. `children` are the buttons. */
export function ErrorPanel({ error, title, kept, children }: ErrorPanelProps) {
  const advice = adviceFor(error);
  return (
    <div className="error-panel" role="alert">
      <TriangleAlert className="icon error-panel-icon" aria-hidden />
      <div className="error-panel-body">
        <p className="error-panel-title">{title ?? advice.title}</p>
        <p>{error.message}</p>
        {kept !== undefined && <p>{kept}</p>}
        <p className="muted">{advice.nextStep}</p>
        <TechnicalDetails error={error} />
        {Children.toArray(children).length > 0 && <div className="button-row">{children}</div>}
      </div>
    </div>
  );
}

export function TechnicalDetails({ error }: { readonly error: ErrorRecord }) {
  const text = describe(error);
  return (
    <details className="technical">
      <summary>{strings.app.technical}</summary>
      <pre>{text}</pre>
      <CopyButton wide text={text} label={strings.app.copyDetails} />
    </details>
  );
}

function describe(error: ErrorRecord): string {
  const facts = Object.entries(error.context).map(([key, value]) => `${key}: ${String(value)}`);
  return [`${error.code}: ${error.message}`, ...facts].join('\n');
}
