import { useState } from 'react';
import { baseName } from '../../../shared/storage/path.ts';
import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import { deleteFiles, makeFolder } from '../../actions/file-actions.ts';
import { Button } from '../../components/button.tsx';
import { Dialog, DialogBody, DialogFoot } from '../../components/dialog.tsx';
import { ErrorPanel } from '../../components/error-panel.tsx';
import { TextField } from '../../components/fields.tsx';
import type { OpenDialog } from '../../stores/dialog-store.ts';
import { closeDialog, useDialog } from '../../stores/dialog-store.ts';
import { focusRegion } from '../../stores/focus-store.ts';
import { locationName } from '../../stores/locations-store.ts';
import { placeLabel } from '../../stores/place.ts';
import { strings } from '../../strings.ts';

const words = strings.browser;

export function FileDialogs() {
  const open = useDialog((state) => state.open);
  if (open.kind === 'delete') return <DeleteDialog open={open} />;
  if (open.kind === 'new folder') return <NewFolderDialog open={open} />;
  return null;
}

function end(): void {
  closeDialog();
  focusRegion('files');
}

function DeleteDialog({ open }: { readonly open: Extract<OpenDialog, { kind: 'delete' }> }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorRecord | null>(null);
  const { locationId, paths } = open;
  const [first = ''] = paths;
  const name = locationName(locationId);
  const remove = () => {
    setBusy(true);
    void deleteFiles(locationId, paths).then((failure) => {
      setBusy(false);
      if (failure === null) end();
      else setError(failure);
    });
  };
  return (
    <Dialog title={words.deleteTitle} onClose={end} width="small" decision>
      <DialogBody>
        <p>{paths.length === 1 ? words.deleteOne(baseName(first), name) : words.deleteMany(paths.length, name)}</p>
        <p className="muted">{words.deleteText}</p>
        {error !== null && <ErrorPanel error={error} />}
      </DialogBody>
      <DialogFoot>
        <Button onPress={end}>{strings.app.cancel}</Button>
        <Button look="danger" busy={busy} onPress={remove}>{words.delete}</Button>
      </DialogFoot>
    </Dialog>
  );
}

function NewFolderDialog({ open }: { readonly open: Extract<OpenDialog, { kind: 'new folder' }> }) {
  const [name, setName] = useState('');
  const [error, setError] = useState<ErrorRecord | null>(null);
  const create = () =>
    void makeFolder(open.locationId, open.path, name).then((failure) => {
      if (failure === null) end();
      else setError(failure);
    });
  return (
    <Dialog title={words.newFolderTitle} onClose={end} width="small">
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') create();
        }}
      >
        <DialogBody>
          <TextField label={words.newFolderName} help={placeLabel(locationName(open.locationId), open.path)} value={name} onChange={setName} autoFocus required />
          {error !== null && <ErrorPanel error={error} />}
        </DialogBody>
        <DialogFoot>
          <Button onPress={end}>{strings.app.cancel}</Button>
          <Button look="accent" submit onPress={() => undefined}>{words.create}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
