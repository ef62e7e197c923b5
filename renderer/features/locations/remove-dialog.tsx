import { useState } from 'react';
import type { LocationView } from '../../../shared/ipc/views.ts';
import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import { Button } from '../../components/button.tsx';
import { Dialog, DialogBody, DialogFoot } from '../../components/dialog.tsx';
import { ErrorPanel } from '../../components/error-panel.tsx';
import { closeDialog } from '../../stores/dialog-store.ts';
import { removeLocation } from '../../stores/locations-store.ts';
import { strings } from '../../strings.ts';

export function RemoveLocationDialog({ location }: { readonly location: LocationView }) {
  const [error, setError] = useState<ErrorRecord | null>(null);
  const remove = () =>
    void removeLocation(location.id).then((failure) => {
      if (failure === null) closeDialog();
      else setError(failure);
    });
  return (
    <Dialog title={strings.location.removeTitle} onClose={closeDialog} width="small" decision>
      <DialogBody>
        <p>{strings.location.removeText(location.name)}</p>
        {error !== null && <ErrorPanel error={error} />}
      </DialogBody>
      <DialogFoot>
        <Button onPress={closeDialog}>{strings.app.cancel}</Button>
        <Button look="danger" onPress={remove}>{strings.location.remove}</Button>
      </DialogFoot>
    </Dialog>
  );
}
