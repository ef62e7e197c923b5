import { ChevronRight } from 'lucide-react';
import { Fragment, useCallback, useEffect, useRef, useState } from 'react';
import { useTakeFocus } from '../../components/use-focus-wish.ts';
import { errorRecord } from '../../bridge.ts';
import { focusRegion } from '../../stores/focus-store.ts';
import { useLocations } from '../../stores/locations-store.ts';
import { crumbs, formatAddress, parseAddress } from '../../stores/place.ts';
import type { Place } from '../../stores/place.ts';
import { goTo, presentPlace, show, usePlace } from '../../stores/place-store.ts';
import { strings } from '../../strings.ts';

const words = strings.header;

/** The way to the folder shown; Ctrl+L, or a click beside the names, makes it a field to type in. */
export function AddressField() {
  const place = usePlace(presentPlace);
  const inReceipts = usePlace(({ view }) => view === 'receipts');
  const name = useLocations(({ locations }) => locations?.find(({ id }) => id === place?.locationId)?.name ?? '');
  const [editing, setEditing] = useState(false);
  useTakeFocus('address', useCallback(() => setEditing(true), []));
  if (editing) return <AddressInput place={place} name={name} onEnd={() => setEditing(false)} />;
  return (
    <div className="address" onClick={() => setEditing(true)} data-tip={words.editAddress}>
      <nav className="crumbs" aria-label={words.breadcrumb}>
        {inReceipts ? (
          <span className="crumb crumb-here">{strings.receipts.title}</span>
        ) : (
          place !== null && crumbs(name, place.path).map((crumb, index, all) => (
            <Fragment key={crumb.path}>
              {index > 0 && <ChevronRight className="crumb-mark" aria-hidden />}
              <button
                type="button"
                className={index === all.length - 1 ? 'crumb crumb-here' : 'crumb'}
                aria-current={index === all.length - 1 ? 'location' : undefined}
                onClick={(event) => {
                  event.stopPropagation();
                  goTo({ locationId: place.locationId, path: crumb.path });
                }}
              >
                {crumb.name}
              </button>
            </Fragment>
          ))
        )}
      </nav>
    </div>
  );
}

function AddressInput({ place, name, onEnd }: { readonly place: Place | null; readonly name: string; readonly onEnd: () => void }) {
  const [text, setText] = useState(place === null ? '' : formatAddress(name, place.path));
  const [problem, setProblem] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  const end = () => {
    onEnd();
    focusRegion('files');
  };
  const go = () => {
    try {
      const to = parseAddress(text, useLocations.getState().locations ?? [], place);
      if (to === null) return setProblem(words.unknownLocation);
      show('files');
      goTo(to);
      end();
    } catch (error) {
      setProblem(errorRecord(error).message);
    }
  };
  return (
    <form
      className="address address-editing"
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <input
        ref={input}
        className="address-input"
        aria-label={words.address}
        aria-invalid={problem !== null}
        aria-describedby="address-problem"
        placeholder={words.addressHint}
        value={text}
        spellCheck={false}
        autoFocus
        onChange={(event) => {
          setText(event.target.value);
          setProblem(null);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          end();
        }}
        onBlur={onEnd}
      />
      <span id="address-problem" className="address-problem" role="alert">{problem}</span>
    </form>
  );
}
