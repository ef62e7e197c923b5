import { ShieldAlert, ShieldQuestion } from 'lucide-react';
import { useState } from 'react';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import type { TrustOffer } from '../../shared/storage/trust-offer.ts';
import { strings } from '../strings.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { Dialog, DialogBody, DialogFoot } from './dialog.tsx';
import { ErrorPanel } from './error-panel.tsx';

const words = strings.trust;

interface TrustDialogProps {
  readonly offer: TrustOffer;
  /** why the server is not trusted */
  readonly reason: string;
  /** @returns what went wrong; null when it is done */
  readonly onTrust: () => Promise<ErrorRecord | null>;
  readonly onClose: () => void;
  /** opens the form of the location; absent when it is open already */
  readonly onEdit?: () => void;
}

/** A server that was not known is trusted only by this button, after its fingerprint was compared; one that changed is not trusted here at all. */
export function TrustDialog({ offer, reason, onTrust, onClose, onEdit }: TrustDialogProps) {
  const [state, setState] = useState<{ readonly busy: boolean; readonly error: ErrorRecord | null }>({ busy: false, error: null });
  const changed = offer.trust === 'changed';
  const trust = () => {
    setState({ busy: true, error: null });
    void onTrust().then((error) => setState({ busy: false, error }));
  };
  return (
    <Dialog title={changed ? words.changedTitle : words.title} onClose={onClose} decision>
      <DialogBody>
        {changed ? <Changed offer={offer} reason={reason} /> : <Unknown offer={offer} reason={reason} />}
        {state.error !== null && <ErrorPanel error={state.error} kept={strings.location.notSaved} />}
      </DialogBody>
      <DialogFoot>
        {changed ? (
          <>
            {onEdit !== undefined && <Button onPress={onEdit}>{words.edit}</Button>}
            <Button onPress={onClose}>{strings.app.close}</Button>
          </>
        ) : (
          <>
            <Button onPress={onClose}>{strings.app.cancel}</Button>
            <Button look="accent" busy={state.busy} onPress={trust}>{words.accept}</Button>
          </>
        )}
      </DialogFoot>
    </Dialog>
  );
}

function Unknown({ offer, reason }: { readonly offer: TrustOffer; readonly reason: string }) {
  return (
    <>
      <div className="trust-head">
        <ShieldQuestion className="trust-icon" aria-hidden />
        <div className="trust-words">
          <p>{words.intro[offer.trustOption]}</p>
          <p className="muted">{reason}</p>
        </div>
      </div>
      <Shown offer={offer} />
      <h3 className="section-title">{words.compareTitle}</h3>
      <p>{words.compare[offer.trustOption]}</p>
      <p>{words.then[offer.trustOption]}</p>
    </>
  );
}

function Changed({ offer, reason }: { readonly offer: TrustOffer; readonly reason: string }) {
  return (
    <>
      <div className="trust-head trust-changed">
        <ShieldAlert className="trust-icon" aria-hidden />
        <p className="trust-words">{reason}</p>
      </div>
      <h3 className="section-title">{words.happenedTitle}</h3>
      <ul className="trust-list">{words.happened.map((one) => <li key={one}>{one}</li>)}</ul>
      <h3 className="section-title">{words.todoTitle}</h3>
      <p>{words.todo[offer.trustOption]}</p>
      <Shown offer={offer} />
    </>
  );
}

const FINGERPRINT = /^(SHA256:|([0-9A-F]{2}:){31})/;

/** The lines that main wrote, as facts; the fingerprint in full and ready to be copied. */
function Shown({ offer }: { readonly offer: TrustOffer }) {
  const facts = offer.trustDetails.split('\n').filter((line) => line !== '').map(parseFact);
  const fingerprint = facts.find(({ value }) => FINGERPRINT.test(value))?.value ?? offer.trustValue;
  const others = facts.filter(({ value }) => value !== fingerprint);
  return (
    <div className="trust-shown" role="group" aria-label={words.shown}>
      <div className="digest">
        <div className="digest-head">
          <span className="section-title">{words.fingerprint}</span>
          <CopyButton text={fingerprint} label={words.copyFingerprint} />
        </div>
        <code className="digest-value">{fingerprint}</code>
      </div>
      {others.length > 0 && <dl className="facts">{others.map(({ name, value }) => <div key={name + value} className="fact"><dt>{name}</dt><dd>{value}</dd></div>)}</dl>}
    </div>
  );
}

function parseFact(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(': ');
  return colon < 0 ? { name: '', value: line } : { name: line.slice(0, colon), value: line.slice(colon + 2) };
}
