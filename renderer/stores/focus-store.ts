import { create } from 'zustand';

export type FocusTarget = 'filter' | 'address' | 'checksum' | 'files';

/** A wish that a part of the window takes the keyboard; `count` grows so that the same wish can be made twice. */
export const useFocusWish = create<{ readonly target: FocusTarget | null; readonly count: number }>()(() => ({ target: null, count: 0 }));

export function focusRegion(target: FocusTarget): void {
  useFocusWish.setState(({ count }) => ({ target, count: count + 1 }));
}
