import { create } from 'zustand';
import type { LocationView } from '../../shared/ipc/views.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import { type TrustOffer, trustOfferOf } from '../../shared/storage/trust-offer.ts';
import { errorRecord, request } from '../bridge.ts';
import { openDialog } from './dialog-store.ts';
import { tell } from './messages-store.ts';
import { goTo, lastPlace, leaveLocation, presentPlace } from './place-store.ts';

interface LocationsState {
  /** null until main has told */
  readonly locations: readonly LocationView[] | null;
  readonly error: ErrorRecord | null;
}

export const useLocations = create<LocationsState>()(() => ({ locations: null, error: null }));

export function findLocation(locationId: string): LocationView | null {
  return useLocations.getState().locations?.find(({ id }) => id === locationId) ?? null;
}

export function locationName(locationId: string): string {
  return findLocation(locationId)?.name ?? locationId;
}

export async function loadLocations(): Promise<void> {
  try {
    acceptLocations(await request('locations.list', {}));
  } catch (error) {
    useLocations.setState({ error: errorRecord(error) });
  }
}

/** Takes main's list; at the first one the folder of last time is shown, or the first location. */
export function acceptLocations(locations: readonly LocationView[]): void {
  const before = useLocations.getState().locations;
  useLocations.setState({ locations, error: null });
  const firstId = locations[0]?.id;
  const home = firstId === undefined ? null : { locationId: firstId, path: '' };
  for (const gone of before ?? []) if (!locations.some(({ id }) => id === gone.id)) leaveLocation(gone.id, home);
  if (presentPlace() !== null) return;
  const last = lastPlace();
  if (last !== null && locations.some(({ id }) => id === last.locationId)) goTo(last);
  else if (home !== null) goTo(home);
}

/** Puts one changed or new location into the list, so that the window need not wait for main's event. */
export function acceptLocation(location: LocationView): void {
  const locations = useLocations.getState().locations ?? [];
  const known = locations.some(({ id }) => id === location.id);
  acceptLocations(known ? locations.map((one) => (one.id === location.id ? location : one)) : [...locations, location]);
}

export async function reconnect(locationId: string): Promise<void> {
  try {
    const location = await request('locations.connect', { id: locationId });
    acceptLocation(location);
    if (location.state.kind === 'failed') tellOrAsk(locationId, location.state.error);
  } catch (error) {
    tell(errorRecord(error));
  }
}

/** A server that may be trusted is asked about; other failures are told. */
function tellOrAsk(locationId: string, error: ErrorRecord): void {
  if (trustOfferOf(error) === null) tell(error);
  else openDialog({ kind: 'trust', locationId, error });
}

/** After a person compared the fingerprint. @returns the error, for the dialog; null when it is saved and the location is connected */
export async function trustServer(locationId: string, { trustValue }: TrustOffer): Promise<ErrorRecord | null> {
  try {
    acceptLocation(await request('locations.trust', { id: locationId, value: trustValue }));
    return null;
  } catch (error) {
    return errorRecord(error);
  }
}

/** @returns the error, for the dialog; null when the location is gone */
export async function removeLocation(locationId: string): Promise<ErrorRecord | null> {
  try {
    await request('locations.remove', { id: locationId });
    acceptLocations((useLocations.getState().locations ?? []).filter(({ id }) => id !== locationId));
    return null;
  } catch (error) {
    return errorRecord(error);
  }
}
