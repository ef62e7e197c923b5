import { PackageOpen, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { LocationView } from '../../../shared/ipc/views.ts';
import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import type { UnfinishedUpload } from '../../../shared/storage/file-instance.ts';
import { discardUploads } from '../../actions/stored-actions.ts';
import { Button } from '../../components/button.tsx';
import { Dialog, DialogBody, DialogFoot } from '../../components/dialog.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorPanel } from '../../components/error-panel.tsx';
import { Checkbox } from '../../components/fields.tsx';
import { useRoute } from '../../components/use-route.ts';
import { formatAge, formatBytes } from '../../format.ts';
import { closeDialog } from '../../stores/dialog-store.ts';
import { loadSpace } from '../../stores/space-store.ts';
import { strings } from '../../strings.ts';

const words = strings.unfinished;

/** What uploads that never finished left: it costs space until somebody removes it. */
export function UnfinishedDialog({ location }: { readonly location: LocationView }) {
  const { answer, again } = useRoute('locations.unfinished', { id: location.id });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [state, setState] = useState<{ readonly busy: boolean; readonly error: ErrorRecord | null; readonly removed: number | null }>({ busy: false, error: null, removed: null });
  const uploads = answer.kind === 'ready' ? answer.value : [];
  const picked = uploads.filter(({ id }) => chosen.has(id));
  const toggle = (id: string, on: boolean) => setChosen((before) => new Set(on ? [...before, id] : [...before].filter((one) => one !== id)));
  const discard = () => {
    setState({ busy: true, error: null, removed: null });
    void discardUploads(location.id, picked.map(({ id }) => id)).then(({ value, error }) => {
      setState({ busy: false, error, removed: value });
      setChosen(new Set());
      again();
      void loadSpace(location.id, { soon: true });
    });
  };
  return (
    <Dialog title={words.title(location.name)} onClose={closeDialog} width="large">
      <DialogBody>
        {answer.kind === 'loading' && <p className="muted" role="status">{strings.app.loading}</p>}
        {answer.kind === 'failed' && <ErrorPanel error={answer.error}><Button onPress={again}>{strings.app.tryAgain}</Button></ErrorPanel>}
        {answer.kind === 'ready' && uploads.length === 0 && <EmptyState icon={PackageOpen} title={words.none} text={words.noneText} />}
        {uploads.length > 0 && (
          <>
            <p className="muted">{words.text}</p>
            <Checkbox label={words.all(uploads.length)} checked={picked.length === uploads.length} onChange={(on) => setChosen(new Set(on ? uploads.map(({ id }) => id) : []))} />
            <ul className="stored-list" aria-label={words.list}>
              {uploads.map((upload) => <Row key={upload.id} upload={upload} chosen={chosen.has(upload.id)} onToggle={(on) => toggle(upload.id, on)} />)}
            </ul>
          </>
        )}
      </DialogBody>
      <div className="dialog-outcome" aria-live="polite">
        {state.error !== null && <ErrorPanel error={state.error} />}
        {state.removed !== null && <p role="status">{words.removed(state.removed)}</p>}
      </div>
      <DialogFoot>
        <Button onPress={closeDialog}>{strings.app.close}</Button>
        <Button look="danger" icon={Trash2} busy={state.busy} unavailable={picked.length === 0 ? words.choose : null} onPress={discard}>{words.discard(picked.length, picked.reduce((sum, { size }) => sum + (size ?? 0), 0))}</Button>
      </DialogFoot>
    </Dialog>
  );
}

function Row({ upload: { path, size, startedAt }, chosen, onToggle }: { readonly upload: UnfinishedUpload; readonly chosen: boolean; readonly onToggle: (on: boolean) => void }) {
  return (
    <li className="stored-row">
      <span className="stored-main"><Checkbox label={path} checked={chosen} onChange={onToggle} /></span>
      <span className="stored-size">{size === null ? words.unknownSize : formatBytes(size)}</span>
      <span className="stored-age">{startedAt === null ? '—' : formatAge(startedAt, Date.now())}</span>
    </li>
  );
}
