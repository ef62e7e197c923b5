import { useApp } from '../../stores/app-store.ts';
import { useDialog } from '../../stores/dialog-store.ts';
import { useLocations } from '../../stores/locations-store.ts';
import { LocationDialog } from './location-dialog.tsx';
import { RemoveLocationDialog } from './remove-dialog.tsx';
import { TrustLocationDialog } from './trust-location-dialog.tsx';

export function LocationDialogs() {
  const open = useDialog((state) => state.open);
  const backends = useApp((state) => state.backends);
  const location = useLocations(({ locations }) => locations?.find(({ id }) => 'locationId' in open && id === open.locationId) ?? null);
  if (open.kind === 'remove location') return location === null ? null : <RemoveLocationDialog location={location} />;
  if (open.kind === 'trust') return location === null ? null : <TrustLocationDialog location={location} error={open.error} transferId={open.transferId ?? null} />;
  if (open.kind !== 'add location' && open.kind !== 'edit location') return null;
  const edited = open.kind === 'edit location' ? location : null;
  const first = backends.find(({ name }) => name === edited?.backend) ?? backends[0];
  if (first === undefined || (open.kind === 'edit location' && edited === null)) return null;
  return <LocationDialog key={edited?.id ?? 'new'} location={edited} backends={backends} first={first} test={open.kind === 'edit location' && open.test === true} />;
}
