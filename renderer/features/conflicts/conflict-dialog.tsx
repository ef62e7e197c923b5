import { useState } from 'react';
import { baseName, parentPath } from '../../../shared/storage/path.ts';
import type { Transfer } from '../../../shared/transfers/transfer.ts';
import { Button } from '../../components/button.tsx';
import { Dialog, DialogBody, DialogFoot } from '../../components/dialog.tsx';
import { Checkbox } from '../../components/fields.tsx';
import { formatBytes, formatDate, localBaseName, localParentName } from '../../format.ts';
import type { ConflictAnswer } from '../../stores/conflicts-store.ts';
import { answerConflict, putOffConflicts, useConflicts } from '../../stores/conflicts-store.ts';
import { useDialog } from '../../stores/dialog-store.ts';
import { locationName } from '../../stores/locations-store.ts';
import { placeLabel } from '../../stores/place.ts';
import { strings } from '../../strings.ts';

const words = strings.conflict;

/** Asks about the first transfer that waits; another dialog that is open is not disturbed. */
export function ConflictDialog() {
  const waiting = useConflicts((state) => state.waiting);
  const putOff = useConflicts((state) => state.putOff);
  const otherOpen = useDialog(({ open }) => open.kind !== 'none');
  const asked = waiting.filter(({ id }) => !putOff.has(id));
  const [first] = asked;
  if (first === undefined || otherOpen) return null;
  const more = asked.filter(({ batchId, id }) => batchId === first.batchId && id !== first.id).length;
  return <Conflict key={first.id} transfer={first} more={more} />;
}

function Conflict({ transfer, more }: { readonly transfer: Transfer; readonly more: number }) {
  const [wholeBatch, setWholeBatch] = useState(false);
  const { destination } = transfer;
  const [name, place] = destination.kind === 'local'
    ? [localBaseName(destination.path), localParentName(destination.path)]
    : [baseName(destination.path), placeLabel(locationName(destination.locationId), parentPath(destination.path))];
  const answer = (action: ConflictAnswer) => void answerConflict(transfer, action, wholeBatch);
  return (
    <Dialog title={words.title} onClose={putOffConflicts} width="small" decision>
      <DialogBody>
        <p>{words.text(name, place)}</p>
        <p className="muted">{`${transfer.size === null ? '' : `${words.source}: ${formatBytes(transfer.size)} · `}${words.queued} ${formatDate(transfer.queuedAt)}`}</p>
        <p className="muted">{words.renameHint}{more > 0 && ` ${words.more(more)}`}</p>
        <Checkbox label={words.wholeBatch} checked={wholeBatch} onChange={setWholeBatch} />
      </DialogBody>
      <DialogFoot start={<Button look="quiet" onPress={putOffConflicts}>{words.later}</Button>}>
        <Button onPress={() => answer('skip')}>{words.skip}</Button>
        <Button look="danger" onPress={() => answer('overwrite')}>{words.overwrite}</Button>
        <Button look="accent" onPress={() => answer('rename')}>{words.rename}</Button>
      </DialogFoot>
    </Dialog>
  );
}
