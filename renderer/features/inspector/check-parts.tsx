import { X } from 'lucide-react';
import type { Evidence } from '../../../shared/storage/evidence.ts';
import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import { cancelJob } from '../../actions/check-actions.ts';
import { Button } from '../../components/button.tsx';
import { ErrorPanel } from '../../components/error-panel.tsx';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { formatBytesOf, formatDateExact, percent } from '../../format.ts';
import type { Answer } from '../../stores/checks-store.ts';
import { strings } from '../../strings.ts';

const words = strings.inspector;

export function Running({ answer: { jobId, progress }, title }: { readonly answer: Extract<Answer, { kind: 'running' }>; readonly title: string }) {
  return (
    <div className="running" role="status">
      <p>{title}</p>
      <ProgressBar label={title} done={progress === null ? null : percent(progress.bytes, progress.total)} />
      <div className="running-foot">
        <span className="muted">{progress === null ? words.asking : formatBytesOf(progress.bytes, progress.total)}</span>
        <Button small icon={X} onPress={() => void cancelJob(jobId)}>{strings.app.cancel}</Button>
      </div>
    </div>
  );
}

export function CheckFailed({ error }: { readonly error: ErrorRecord }) {
  return <ErrorPanel error={error} title={words.checkFailed} />;
}

/** How a digest was found. Not a sentence of evidence: whether it is the right one is for the verdict to say. */
export function FoundHow({ evidence: { by, at, note } }: { readonly evidence: Evidence }) {
  return (
    <p className="note">
      {`${words.found[by]} · ${formatDateExact(at)}`}
      {note !== undefined && ` · ${note}`}
    </p>
  );
}
