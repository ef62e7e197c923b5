import { Check, Minus } from 'lucide-react';
import type { LocationSpace, LocationView } from '../../../shared/ipc/views.ts';
import { capabilityLines } from '../../capability-words.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Dialog, DialogBody, DialogFoot } from '../../components/dialog.tsx';
import { ErrorPanel } from '../../components/error-panel.tsx';
import { useRoute } from '../../components/use-route.ts';
import { formatBytes } from '../../format.ts';
import { useApp } from '../../stores/app-store.ts';
import { closeDialog, openDialog } from '../../stores/dialog-store.ts';
import { reconnect } from '../../stores/locations-store.ts';
import { strings } from '../../strings.ts';

const words = strings.locationDetails;

/** What a location is, what was found out that it can do, and how much room it has. */
export function LocationDetailsDialog({ location }: { readonly location: LocationView }) {
  const { name, backend, uri, state, capabilities } = location;
  const title = useApp(({ backends }) => backends.find((one) => one.name === backend)?.title ?? backend);
  return (
    <Dialog title={name} onClose={closeDialog} width="large">
      <DialogBody>
        {state.kind === 'failed' && <ErrorPanel error={state.error} />}
        <dl className="facts">
          <dt>{words.kind}</dt>
          <dd>{title}</dd>
          <dt>{words.address}</dt>
          <dd className="fact-copy"><span>{uri}</span><CopyButton text={uri} label={words.copyAddress} /></dd>
          <dt>{words.state}</dt>
          <dd>{strings.sidebar.states[state.kind]}</dd>
          {state.kind === 'ready' && <SpaceFact locationId={location.id} />}
        </dl>
        <h3 className="section-title">{words.capabilities}</h3>
        {capabilities === null ? (
          <p className="muted">{words.notConnected}</p>
        ) : (
          <ul className="capabilities">
            {capabilityLines(capabilities).map(({ ok, text }) => (
              <li key={text} className={ok ? 'capability' : 'capability capability-no'}>
                {ok ? <Check className="icon" aria-hidden /> : <Minus className="icon" aria-hidden />}
                <span><span className="visually-hidden">{ok ? words.yes : words.no} </span>{text}</span>
              </li>
            ))}
          </ul>
        )}
        <p className="note">{words.found}</p>
      </DialogBody>
      <DialogFoot start={state.kind === 'ready' ? <Button onPress={() => openDialog({ kind: 'unfinished', locationId: location.id })}>{strings.sidebar.unfinished}</Button> : <Button onPress={() => void reconnect(location.id)}>{strings.sidebar.reconnect}</Button>}>
        <Button onPress={() => openDialog({ kind: 'edit location', locationId: location.id })}>{strings.sidebar.edit}</Button>
        <Button onPress={closeDialog}>{strings.app.close}</Button>
      </DialogFoot>
    </Dialog>
  );
}

function SpaceFact({ locationId }: { readonly locationId: string }) {
  const { answer } = useRoute('locations.space', { id: locationId });
  const text = answer.kind === 'ready' ? spaceText(answer.value) : answer.kind === 'loading' ? strings.app.loading : words.spaceUnknown;
  return (
    <>
      <dt>{words.space}</dt>
      <dd>{text}</dd>
    </>
  );
}

function spaceText(space: LocationSpace | null): string {
  const parts = [
    ...(space === null || space.available === null ? [] : [words.free(formatBytes(space.available))]),
    ...(space === null || space.used === null ? [] : [words.used(formatBytes(space.used))]),
  ];
  return parts.length === 0 ? words.spaceUnknown : parts.join(' · ');
}
