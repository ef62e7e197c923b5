import { create } from 'zustand';
import type { Place } from './place.ts';
import { samePlace } from './place.ts';

interface DropState {
  /** where what is being dragged would go; null while nothing is dragged over a target */
  readonly target: Place | null;
  /** files and folders dragged; null when the desktop does not tell before the drop */
  readonly count: number | null;
  /** items being handed over to main at this moment */
  readonly adding: number;
}

export const useDrop = create<DropState>()(() => ({ target: null, count: null, adding: 0 }));

export function aimAt(target: Place | null, count: number | null): void {
  useDrop.setState((state) => (samePlace(state.target, target) && state.count === count ? state : { target, count }));
}

export function setAdding(adding: number): void {
  useDrop.setState({ adding });
}
