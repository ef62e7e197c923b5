import { useEffect } from 'react';
import type { FocusTarget } from '../stores/focus-store.ts';
import { useFocusWish } from '../stores/focus-store.ts';

/** Calls `take` when somebody wished that this part takes the keyboard, also when the wish came before the part was there. */
export function useTakeFocus(target: FocusTarget, take: () => void): void {
  const wish = useFocusWish((state) => (state.target === target ? state.count : 0));
  useEffect(() => {
    if (wish === 0) return;
    useFocusWish.setState({ target: null });
    take();
  }, [wish, take]);
}
