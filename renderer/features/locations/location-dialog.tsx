import { FlaskConical } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { BackendView, LocationView } from '../../../shared/ipc/views.ts';
import { trustOfferOf } from '../../../shared/storage/trust-offer.ts';
import { Button } from '../../components/button.tsx';
import { Dialog, DialogBody, DialogFoot } from '../../components/dialog.tsx';
import { TrustDialog } from '../../components/trust-dialog.tsx';
import { closeDialog } from '../../stores/dialog-store.ts';
import { strings } from '../../strings.ts';
import { type Attempt, type Outcome, attemptDraft, problemsOf } from './attempt-draft.ts';
import { BackendList } from './backend-list.tsx';
import { DialogOutcome } from './dialog-outcome.tsx';
import type { LocationForm } from './location-draft.ts';
import { changeBackend, emptyForm, formOf, readForm } from './location-draft.ts';
import { LocationFields } from './location-fields.tsx';

const words = strings.location;

interface LocationDialogProps {
  /** null to add one */
  readonly location: LocationView | null;
  readonly backends: readonly BackendView[];
  readonly first: BackendView;
  /** begins with a test of what is saved */
  readonly test: boolean;
}

/** Main tests before it saves: what does not work is shown here and nothing is kept. */
export function LocationDialog({ location, backends, first, test }: LocationDialogProps) {
  const [form, setForm] = useState<LocationForm>(() => (location === null ? emptyForm(first) : formOf(location, first)));
  const [outcome, setOutcome] = useState<Outcome>({ kind: 'none' });
  const [asking, setAsking] = useState(false);
  const begun = useRef(false);
  const here = useRef(true);
  const fields = useRef<HTMLDivElement>(null);
  const backend = backends.find(({ name }) => name === form.backend) ?? first;
  const busy = outcome.kind === 'busy';
  const offer = outcome.kind === 'failed' ? trustOfferOf(outcome.error) : null;

  const attempt = (what: Attempt, filled: LocationForm = form) => {
    const { draft, problems } = readForm(filled, backend, location?.secretsSet);
    if (problems !== null) return setOutcome({ kind: 'problems', problems });
    setOutcome({ kind: 'busy', what });
    void attemptDraft(what, draft, location).then((next) => {
      if (!here.current) return;
      if (next === null) return closeDialog();
      setOutcome(next);
      setAsking(next.kind === 'failed' && trustOfferOf(next.error) !== null);
    });
  };

  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  useEffect(() => {
    if (!test || begun.current) return;
    begun.current = true;
    attempt('testing');
  });
  useEffect(() => {
    if (outcome.kind === 'problems' || outcome.kind === 'failed') showFirstWrong(fields.current);
  }, [outcome]);

  const trust = () => {
    if (offer === null || outcome.kind !== 'failed') return Promise.resolve(null);
    const trusting = { ...form, options: { ...form.options, [offer.trustOption]: offer.trustValue } };
    setForm(trusting);
    setAsking(false);
    attempt(outcome.what, trusting);
    return Promise.resolve(null);
  };

  return (
    <Dialog title={location === null ? words.addTitle : words.editTitle} onClose={closeDialog} width={location === null ? 'wide' : 'large'}>
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) attempt('saving');
        }}
      >
        <div className="location-columns">
          {location === null && <BackendList backends={backends} chosen={backend.name} onChoose={(name) => setForm(changeBackend(form, backends.find((one) => one.name === name) ?? first))} />}
          <DialogBody ref={fields}>
            <LocationFields form={form} backend={backend} location={location} problems={problemsOf(outcome, backend)} onChange={setForm} />
          </DialogBody>
        </div>
        <DialogOutcome outcome={outcome} onTrust={() => setAsking(true)} />
        <DialogFoot start={<Button icon={FlaskConical} busy={busy} onPress={() => attempt('testing')}>{words.test}</Button>}>
          <Button onPress={closeDialog}>{strings.app.cancel}</Button>
          <Button look="accent" submit busy={busy} onPress={() => undefined}>{strings.app.save}</Button>
        </DialogFoot>
      </form>
      {asking && offer !== null && outcome.kind === 'failed' && <TrustDialog offer={offer} reason={outcome.error.message} onTrust={trust} onClose={() => setAsking(false)} />}
    </Dialog>
  );
}

/** Takes the keyboard to what must be corrected, and brings it into sight. */
function showFirstWrong(fields: HTMLElement | null): void {
  const wrong = fields?.querySelector<HTMLElement>('input[aria-invalid="true"], [data-invalid] button');
  wrong?.scrollIntoView({ block: 'center' });
  wrong?.focus();
}
