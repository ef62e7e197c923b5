import { create } from 'zustand';
import type { LocationSpace } from '../../shared/ipc/views.ts';
import { request } from '../bridge.ts';
import { findLocation } from './locations-store.ts';

/** Room of the location shown; null while it is not known, and where the storage does not say. */
export const useSpace = create<{ readonly locationId: string | null; readonly space: LocationSpace | null }>()(() => ({ locationId: null, space: null }));

/** Nobody needs it more often than every so many milliseconds. */
const SELDOM_MS = 10_000;
let askedAt = -Infinity;

/** Asks for the room of a location that is connected, unless it was asked just now. A storage that cannot tell leaves the place free. */
export async function loadSpace(locationId: string | null, { soon = false }: { readonly soon?: boolean } = {}): Promise<void> {
  const shown = useSpace.getState().locationId;
  if (locationId !== shown) useSpace.setState({ locationId, space: null });
  else if (!soon && performance.now() - askedAt < SELDOM_MS) return;
  if (locationId === null || findLocation(locationId)?.state.kind !== 'ready') return;
  askedAt = performance.now();
  const space = await request('locations.space', { id: locationId }).catch(() => null);
  if (useSpace.getState().locationId === locationId) useSpace.setState({ space });
}
