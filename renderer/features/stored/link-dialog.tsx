import { Link2 } from 'lucide-react';
import { useState } from 'react';
import type { LocationView } from '../../../shared/ipc/views.ts';
import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import { baseName } from '../../../shared/storage/path.ts';
import { copyLink } from '../../actions/stored-actions.ts';
import { Button } from '../../components/button.tsx';
import { Dialog, DialogBody, DialogFoot } from '../../components/dialog.tsx';
import { ErrorPanel } from '../../components/error-panel.tsx';
import { RadioField } from '../../components/fields.tsx';
import { formatDate } from '../../format.ts';
import { closeDialog } from '../../stores/dialog-store.ts';
import { strings } from '../../strings.ts';

const words = strings.link;
const FIRST = '3600';

type State = { readonly kind: 'none' } | { readonly kind: 'busy' } | { readonly kind: 'copied'; readonly expiresAt: string } | { readonly kind: 'failed'; readonly error: ErrorRecord };

/** The link goes from main into the clipboard: it is a key to the file, so the window never holds it. */
export function LinkDialog({ location, path }: { readonly location: LocationView; readonly path: string }) {
  const [seconds, setSeconds] = useState(FIRST);
  const [state, setState] = useState<State>({ kind: 'none' });
  const copy = () => {
    setState({ kind: 'busy' });
    void copyLink(location.id, path, Number(seconds)).then(({ value, error }) => setState(error === null ? { kind: 'copied', expiresAt: value } : { kind: 'failed', error }));
  };
  return (
    <Dialog title={words.title(baseName(path))} onClose={closeDialog} width="small">
      <DialogBody>
        <p>{words.text}</p>
        <RadioField label={words.expires} value={seconds} choices={words.choices} onChange={(value) => { setSeconds(value); setState({ kind: 'none' }); }} />
        <div aria-live="polite">
          {state.kind === 'copied' && <p role="status" className="text-proven">{words.copied(formatDate(state.expiresAt))}</p>}
          {state.kind === 'failed' && <ErrorPanel error={state.error} />}
        </div>
      </DialogBody>
      <DialogFoot>
        <Button onPress={closeDialog}>{strings.app.close}</Button>
        <Button look="accent" icon={Link2} busy={state.kind === 'busy'} onPress={copy}>{words.copy}</Button>
      </DialogFoot>
    </Dialog>
  );
}
