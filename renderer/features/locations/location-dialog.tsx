import { FlaskConical } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { BackendView, LocationView } from '../../../shared/ipc/views.ts';
import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import type { ProbeReport } from '../../../shared/storage/location.ts';
import { errorRecord, request } from '../../bridge.ts';
import { Button } from '../../components/button.tsx';
import { Dialog, DialogBody, DialogFoot } from '../../components/dialog.tsx';
import { ErrorPanel } from '../../components/error-panel.tsx';
import { closeDialog } from '../../stores/dialog-store.ts';
import { acceptLocation } from '../../stores/locations-store.ts';
import { goTo } from '../../stores/place-store.ts';
import { strings } from '../../strings.ts';
import type { LocationDraft, LocationForm } from './location-draft.ts';
import { emptyForm, formOf, readForm } from './location-draft.ts';
import { LocationFields } from './location-fields.tsx';
import { ProbeLines } from './probe-lines.tsx';

type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'busy'; readonly what: 'testing' | 'saving' }
  | { readonly kind: 'problems'; readonly problems: readonly string[] }
  | { readonly kind: 'tested'; readonly report: ProbeReport }
  | { readonly kind: 'failed'; readonly error: ErrorRecord; readonly saving: boolean };

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
  const [outcome, setOutcome] = useState<Outcome>(() => (test ? { kind: 'busy', what: 'testing' } : { kind: 'none' }));
  const backend = backends.find(({ name }) => name === form.backend) ?? first;
  const busy = outcome.kind === 'busy';

  const attempt = (what: 'testing' | 'saving') => {
    const { draft, problems } = readForm(form, backend);
    if (problems !== null) return setOutcome({ kind: 'problems', problems });
    setOutcome({ kind: 'busy', what });
    void (what === 'testing' ? tested(draft, location) : saved(draft, location)).then((next) => next !== null && setOutcome(next));
  };

  useEffect(() => {
    if (!test || location === null) return;
    let wanted = true;
    const { draft } = readForm(formOf(location, first), first);
    if (draft !== null) void tested(draft, location).then((next) => wanted && setOutcome(next));
    return () => {
      wanted = false;
    };
  }, [test, location, first]);

  return (
    <Dialog title={location === null ? words.addTitle : words.editTitle} onClose={closeDialog} width="large">
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) attempt('saving');
        }}
      >
        <DialogBody>
          <LocationFields form={form} backend={backend} backends={backends} location={location} onChange={setForm} />
        </DialogBody>
        <div className="dialog-outcome" aria-live="polite">
          {outcome.kind === 'problems' && <div role="alert"><ul className="problems">{outcome.problems.map((problem) => <li key={problem}>{problem}</li>)}</ul></div>}
          {outcome.kind === 'tested' && <ProbeLines report={outcome.report} />}
          {outcome.kind === 'failed' && <ErrorPanel error={outcome.error} {...(outcome.saving ? { kept: words.notSaved } : {})} />}
          {outcome.kind === 'busy' && <p className="note">{outcome.what === 'testing' ? words.testing : words.saving}</p>}
        </div>
        <DialogFoot start={<Button icon={FlaskConical} busy={busy} onPress={() => attempt('testing')}>{words.test}</Button>}>
          <Button onPress={closeDialog}>{strings.app.cancel}</Button>
          <Button look="accent" submit busy={busy} onPress={() => undefined}>{strings.app.save}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

async function tested(draft: LocationDraft, location: LocationView | null): Promise<Outcome> {
  try {
    return { kind: 'tested', report: await request('locations.test', { draft, ...(location === null ? {} : { id: location.id }) }) };
  } catch (error) {
    return { kind: 'failed', error: errorRecord(error), saving: false };
  }
}

/** @returns null when it is saved and the dialog is closed */
async function saved(draft: LocationDraft, location: LocationView | null): Promise<Outcome | null> {
  try {
    const answer = location === null ? await request('locations.add', draft) : await request('locations.update', { id: location.id, draft });
    acceptLocation(answer);
    if (location === null) goTo({ locationId: answer.id, path: '' });
    closeDialog();
    return null;
  } catch (error) {
    return { kind: 'failed', error: errorRecord(error), saving: true };
  }
}
