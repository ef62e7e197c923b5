import { trustOfferOf } from '../../../shared/storage/trust-offer.ts';
import { Button } from '../../components/button.tsx';
import { ErrorPanel } from '../../components/error-panel.tsx';
import { strings } from '../../strings.ts';
import type { Outcome } from './attempt-draft.ts';
import { ProbeLines } from './probe-lines.tsx';

const words = strings.location;

/** Between the form and its buttons: how it ended. */
export function DialogOutcome({ outcome, onTrust }: { readonly outcome: Outcome; readonly onTrust: () => void }) {
  return (
    <div className="dialog-outcome" aria-live="polite">
      {outcome.kind === 'problems' && <div role="alert"><ul className="problems">{outcome.problems.map(({ field, text }) => <li key={field}>{text}</li>)}</ul></div>}
      {outcome.kind === 'tested' && <ProbeLines report={outcome.report} />}
      {outcome.kind === 'failed' && <Failed outcome={outcome} onTrust={onTrust} />}
      {outcome.kind === 'busy' && <p className="note">{outcome.what === 'testing' ? words.testing : words.saving}</p>}
    </div>
  );
}

function Failed({ outcome: { error, what }, onTrust }: { readonly outcome: Extract<Outcome, { kind: 'failed' }>; readonly onTrust: () => void }) {
  const offer = trustOfferOf(error);
  return (
    <ErrorPanel error={error} {...(what === 'saving' ? { kept: words.notSaved } : {})}>
      {offer !== null && <Button small onPress={onTrust}>{offer.trust === 'changed' ? strings.trust.explain : strings.trust.decide}</Button>}
    </ErrorPanel>
  );
}
