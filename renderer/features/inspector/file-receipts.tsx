import { Badge } from '../../components/badge.tsx';
import { ErrorPanel } from '../../components/error-panel.tsx';
import { formatBytes, formatDate } from '../../format.ts';
import { evidenceWord } from '../../integrity-words.ts';
import { strings } from '../../strings.ts';
import type { FileReceiptsState } from './use-file-receipts.ts';

const words = strings.inspector;
const MOST_SHOWN = 20;

/** Earlier transfers of this file, newest first. */
export function FileReceipts({ receipts: state }: { readonly receipts: FileReceiptsState }) {
  return (
    <>
      <h3 className="section-title">{words.receipts}</h3>
      {state.kind === 'loading' && <p className="muted">{strings.app.loading}</p>}
      {state.kind === 'failed' && <ErrorPanel error={state.error} title={words.receiptsFailed} />}
      {state.kind === 'ready' && state.receipts.length === 0 && <p className="muted">{words.noReceipts}</p>}
      {state.kind === 'ready' && (
        <ul className="file-receipts">
          {state.receipts.slice(0, MOST_SHOWN).map(({ id, finishedAt, size, evidence }) => {
            const word = evidenceWord(evidence);
            return <li key={id}><span className="muted">{formatDate(finishedAt)} · {formatBytes(size)}</span> <Badge tone={word.tone} text={word.text} /></li>;
          })}
        </ul>
      )}
    </>
  );
}
