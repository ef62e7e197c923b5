import { create } from 'zustand';
import { parentPath } from '../../shared/storage/path.ts';
import { recall, remember } from './remember.ts';
import type { Place } from './place.ts';
import { samePlace } from './place.ts';

export type View = 'files' | 'receipts';

interface PlaceState {
  readonly view: View;
  readonly history: readonly Place[];
  /** of the place shown in `history`; -1 before there is one */
  readonly index: number;
}

const LONGEST_HISTORY = 200;

export const usePlace = create<PlaceState>()(() => ({ view: 'files', history: [], index: -1 }));

export function presentPlace(state: PlaceState = usePlace.getState()): Place | null {
  return state.history[state.index] ?? null;
}

/** Shows a folder; what lay ahead in the history is forgotten, as in a web browser. */
export function goTo(place: Place): void {
  usePlace.setState((state) => {
    if (samePlace(presentPlace(state), place)) return { view: 'files' };
    const history = [...state.history.slice(0, state.index + 1), place].slice(-LONGEST_HISTORY);
    return { view: 'files', history, index: history.length - 1 };
  });
  remember('place', place);
}

export function goBack(): void {
  usePlace.setState((state) => ({ view: 'files', index: Math.max(0, state.index - 1) }));
}

export function goForward(): void {
  usePlace.setState((state) => ({ view: 'files', index: Math.min(state.history.length - 1, state.index + 1) }));
}

export function goUp(): void {
  const place = presentPlace();
  if (place !== null && place.path !== '') goTo({ locationId: place.locationId, path: parentPath(place.path) });
}

export function show(view: View): void {
  usePlace.setState({ view });
}

/** Forgets the places of a location that is no more. */
export function leaveLocation(locationId: string, other: Place | null): void {
  usePlace.setState((state) => {
    if (!state.history.some((place) => place.locationId === locationId)) return state;
    const present = presentPlace(state);
    const kept = state.history.filter((place) => place.locationId !== locationId);
    const history = kept.length === 0 && other !== null ? [other] : kept;
    const index = present === null || present.locationId === locationId ? history.length - 1 : history.indexOf(present);
    return { history, index };
  });
}

/** The place shown last time; it may be gone. */
export function lastPlace(): Place | null {
  const place = recall('place');
  if (typeof place !== 'object' || place === null || !('locationId' in place) || !('path' in place)) return null;
  return typeof place.locationId === 'string' && typeof place.path === 'string' ? { locationId: place.locationId, path: place.path } : null;
}
