import { useEffect, useState } from 'react';

interface Tip {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly above: boolean;
}

const APPEARS_AFTER_MS = 450;
const EDGE = 150;

/** One tooltip for the whole window: whatever carries `data-tip` gets it on hover and on keyboard focus, without a component of its own. */
export function TooltipLayer() {
  const [tip, setTip] = useState<Tip | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let owner: Element | null = null;
    const hide = () => {
      clearTimeout(timer);
      owner = null;
      setTip(null);
    };
    const offer = (target: EventTarget | null) => {
      const next = target instanceof Element ? target.closest('[data-tip]') : null;
      if (next === owner) return;
      hide();
      owner = next;
      if (next !== null) timer = setTimeout(() => setTip(place(next)), APPEARS_AFTER_MS);
    };
    const hover = (event: PointerEvent) => offer(event.target);
    const focus = (event: FocusEvent) => {
      if (event.target instanceof Element && event.target.matches(':focus-visible')) offer(event.target);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key === 'Escape') hide();
    };
    document.addEventListener('pointerover', hover);
    document.addEventListener('focusin', focus);
    document.addEventListener('focusout', hide);
    document.addEventListener('pointerdown', hide, true);
    document.addEventListener('keydown', escape);
    document.addEventListener('scroll', hide, true);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('pointerover', hover);
      document.removeEventListener('focusin', focus);
      document.removeEventListener('focusout', hide);
      document.removeEventListener('pointerdown', hide, true);
      document.removeEventListener('keydown', escape);
      document.removeEventListener('scroll', hide, true);
    };
  }, []);
  if (tip === null) return null;
  return (
    <div className={tip.above ? 'tooltip tooltip-above' : 'tooltip'} role="tooltip" style={{ left: tip.x, top: tip.y }}>
      {tip.text}
    </div>
  );
}

function place(owner: Element): Tip | null {
  const text = owner.getAttribute('data-tip');
  if (text === null || text === '' || !owner.isConnected) return null;
  const box = owner.getBoundingClientRect();
  const above = box.bottom + 60 > innerHeight;
  const x = Math.min(innerWidth - EDGE, Math.max(EDGE, box.left + box.width / 2));
  return { text, x, y: above ? box.top - 6 : box.bottom + 6, above };
}
