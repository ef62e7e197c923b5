import type { KeyboardEvent, PointerEvent } from 'react';

interface SplitterProps {
  readonly label: string;
  readonly orientation: 'vertical' | 'horizontal';
  readonly size: number;
  readonly smallest: number;
  readonly largest: number;
  readonly onResize: (size: number) => void;
  /** dragging towards the start (left, up) makes it larger */
  readonly reversed?: boolean;
  readonly controls?: string;
  /** for a splitter inside a table head: not a tab stop of its own */
  readonly tabIndex?: number;
}

const STEP = 16;

/** A bar between two panels: drag it, or move it with the arrow keys. */
export function Splitter({ label, orientation, size, smallest, largest, onResize, reversed = false, tabIndex = 0 }: SplitterProps) {
  const vertical = orientation === 'vertical';
  const drag = (start: PointerEvent<HTMLDivElement>) => {
    if (start.button !== 0) return;
    start.preventDefault();
    const bar = start.currentTarget;
    const from = vertical ? start.clientX : start.clientY;
    const move = (event: globalThis.PointerEvent) => {
      const by = (vertical ? event.clientX : event.clientY) - from;
      onResize(size + (reversed ? -by : by));
    };
    const end = () => {
      bar.removeEventListener('pointermove', move);
      bar.removeEventListener('lostpointercapture', end);
      delete bar.dataset['dragging'];
    };
    bar.setPointerCapture(start.pointerId);
    bar.dataset['dragging'] = 'yes';
    bar.addEventListener('pointermove', move);
    bar.addEventListener('lostpointercapture', end);
  };
  const key = (event: KeyboardEvent) => {
    const more = vertical ? 'ArrowRight' : 'ArrowDown';
    const less = vertical ? 'ArrowLeft' : 'ArrowUp';
    const sign = event.key === more ? 1 : event.key === less ? -1 : 0;
    if (sign !== 0) onResize(size + sign * (reversed ? -STEP : STEP));
    else if (event.key === 'Home') onResize(smallest);
    else if (event.key === 'End') onResize(largest);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      className={`splitter splitter-${orientation}`}
      role="separator"
      tabIndex={tabIndex}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={size}
      aria-valuemin={smallest}
      aria-valuemax={largest}
      onPointerDown={drag}
      onKeyDown={key}
      onClick={(event) => event.stopPropagation()}
    />
  );
}
