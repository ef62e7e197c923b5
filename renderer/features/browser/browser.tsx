import { ArrowUpFromLine, FileQuestion, FilterX, FolderOpen, HardDriveUpload, Plus, RefreshCw, Settings2, ShieldQuestion, Unplug } from 'lucide-react';
import { trustOfferOf } from '../../../shared/storage/trust-offer.ts';
import { uploadPicked } from '../../actions/transfer-actions.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorPanel } from '../../components/error-panel.tsx';
import { dropHandlers } from '../../components/file-drop.ts';
import { openFolder, setFilter, useBrowser } from '../../stores/browser-store.ts';
import { openDialog } from '../../stores/dialog-store.ts';
import { useDrop } from '../../stores/drop-store.ts';
import { loadLocations, reconnect, useLocations } from '../../stores/locations-store.ts';
import type { Place } from '../../stores/place.ts';
import { placeLabel, samePlace } from '../../stores/place.ts';
import { presentPlace, usePlace } from '../../stores/place-store.ts';
import { strings } from '../../strings.ts';
import { FileGrid } from './file-grid.tsx';

const words = strings.browser;

/** The folder shown: its table, or what to say instead of one. */
export function Browser() {
  const place = usePlace(presentPlace);
  const locations = useLocations((state) => state.locations);
  const error = useLocations((state) => state.error);
  const aimed = useDrop(({ target }) => place !== null && samePlace(target, place));
  if (error !== null && locations === null) {
    return <ErrorPanel error={error}><Button icon={RefreshCw} onPress={() => void loadLocations()}>{strings.app.tryAgain}</Button></ErrorPanel>;
  }
  if (place === null) {
    if (locations === null) return <p className="quiet-line" role="status">{strings.app.loading}</p>;
    return (
      <EmptyState card icon={HardDriveUpload} title={words.noLocationTitle} text={words.noLocationText}>
        <Button look="accent" icon={Plus} onPress={() => openDialog({ kind: 'add location' })}>{strings.sidebar.add}</Button>
      </EmptyState>
    );
  }
  return (
    <div className={aimed ? 'browser drop-area' : 'browser'} {...dropHandlers(() => place)}>
      <Folder place={place} />
    </div>
  );
}

function Folder({ place }: { readonly place: Place }) {
  const status = useBrowser((state) => state.status);
  const empty = useBrowser((state) => state.rows.length === 0);
  const noneMatch = useBrowser((state) => state.rows.length > 0 && state.visible.length === 0);
  const error = useBrowser((state) => state.error);
  const filter = useBrowser((state) => state.filter);
  const uploadOnly = useLocations(({ locations }) => locations?.find(({ id }) => id === place.locationId)?.capabilities?.read === false);
  if (uploadOnly) return <UploadOnly place={place} />;
  if (status === 'failed' && error !== null) return <ListFailed place={place} />;
  return (
    <>
      <FileGrid place={place} />
      {status === 'loading' && empty && <p className="quiet-line" role="status">{words.listing}</p>}
      {status === 'ready' && empty && <EmptyFolder place={place} />}
      {noneMatch && (
        <EmptyState icon={FilterX} title={words.noneMatch} text={words.noneMatchText(filter)}>
          <Button onPress={() => setFilter('')}>{strings.header.clearFilter}</Button>
        </EmptyState>
      )}
    </>
  );
}

function ListFailed({ place }: { readonly place: Place }) {
  const error = useBrowser((state) => state.error);
  if (error === null) return null;
  const offer = trustOfferOf(error);
  if (error.code === 'unsupported') {
    return <EmptyState card icon={FileQuestion} title={words.emptyTitle} text={words.cannotList}><UploadButtons place={place} /></EmptyState>;
  }
  return (
    <div className="region-failed">
      <ErrorPanel error={error} title={words.listFailed}>
        {offer !== null && <Button look="accent" icon={ShieldQuestion} onPress={() => openDialog({ kind: 'trust', locationId: place.locationId, error })}>{offer.trust === 'changed' ? strings.trust.explain : strings.trust.decide}</Button>}
        <Button icon={RefreshCw} onPress={() => void openFolder(place)}>{strings.app.tryAgain}</Button>
        <Button icon={Unplug} onPress={() => void reconnect(place.locationId).then(() => openFolder(place))}>{strings.sidebar.reconnect}</Button>
        <Button icon={Settings2} onPress={() => openDialog({ kind: 'edit location', locationId: place.locationId })}>{strings.sidebar.edit}</Button>
      </ErrorPanel>
    </div>
  );
}

/** A storage that only takes files: there is nothing to show, and drops are welcome all the same. */
function UploadOnly({ place }: { readonly place: Place }) {
  return <EmptyState card icon={ArrowUpFromLine} title={words.uploadOnlyTitle} text={words.uploadOnlyText}><UploadButtons place={place} /></EmptyState>;
}

function EmptyFolder({ place }: { readonly place: Place }) {
  const name = useLocations(({ locations }) => locations?.find(({ id }) => id === place.locationId)?.name ?? '');
  return (
    <EmptyState card icon={place.path === '' ? HardDriveUpload : FolderOpen} title={words.emptyTitle} text={words.emptyText(placeLabel(name, place.path))}>
      <UploadButtons place={place} />
    </EmptyState>
  );
}

function UploadButtons({ place }: { readonly place: Place }) {
  return (
    <>
      <Button look="accent" onPress={() => void uploadPicked('files', place)}>{words.emptyUpload}</Button>
      <Button onPress={() => void uploadPicked('folders', place)}>{words.emptyUploadFolder}</Button>
    </>
  );
}
