import type { SelectMode } from '../../stores/selection.ts';

/** What a key press in the table asks for. `move` goes to a row by its place in the table. */
export type GridAction =
  | { readonly kind: 'move'; readonly to: number; readonly mode: SelectMode }
  | { readonly kind: 'toggle' | 'all' | 'none' | 'open' | 'preview' | 'rename' | 'delete' | 'up' | 'menu' }
  | { readonly kind: 'type'; readonly text: string };

export interface GridKeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

export interface GridState {
  /** rows in the table */
  readonly count: number;
  /** of the row that the keyboard is on; -1 for none */
  readonly active: number;
  /** rows that fit into the window */
  readonly page: number;
  /** what was typed just before, so that a space belongs to the name that is being typed */
  readonly typed: string;
}

/** The keys of an ARIA grid with the manners of a file browser. null: the key is not for the table. */
export function gridAction(press: GridKeyPress, state: GridState): GridAction | null {
  const mod = press.ctrlKey || press.metaKey;
  if (press.altKey) return null;
  const to = target(press.key, state);
  if (to !== null) return { kind: 'move', to, mode: press.shiftKey ? 'range' : mod ? 'focus' : 'only' };
  if (mod) return press.key.toLowerCase() === 'a' ? { kind: 'all' } : press.key === ' ' ? { kind: 'toggle' } : null;
  switch (press.key) {
    case 'Enter':
      return { kind: 'open' };
    case 'F2':
      return { kind: 'rename' };
    case 'Delete':
      return { kind: 'delete' };
    case 'Backspace':
      return { kind: 'up' };
    case 'Escape':
      return { kind: 'none' };
    case 'ContextMenu':
      return { kind: 'menu' };
    case 'F10':
      return press.shiftKey ? { kind: 'menu' } : null;
    case ' ':
      return state.typed === '' ? { kind: 'preview' } : { kind: 'type', text: ' ' };
    default:
      return [...press.key].length === 1 ? { kind: 'type', text: press.key } : null;
  }
}

function target(key: string, { count, active, page }: GridState): number | null {
  const last = count - 1;
  const clamp = (index: number) => Math.max(0, Math.min(last, index));
  switch (key) {
    case 'ArrowDown':
      return count === 0 ? null : clamp(active + 1);
    case 'ArrowUp':
      return count === 0 ? null : active < 0 ? last : clamp(active - 1);
    case 'Home':
      return count === 0 ? null : 0;
    case 'End':
      return count === 0 ? null : last;
    case 'PageDown':
      return count === 0 ? null : clamp(Math.max(0, active) + page);
    case 'PageUp':
      return count === 0 ? null : clamp(active - page);
    default:
      return null;
  }
}

/**
 * The row whose name begins with what was typed, looked for from the present row on and around. One letter typed again
 * goes on to the next name. @returns -1 when there is none
 */
export function typeAhead(rows: readonly { readonly name: string }[], active: number, typed: string): number {
  const [first = ''] = typed;
  const repeated = typed !== '' && [...typed].every((letter) => letter === first);
  const text = (repeated ? first : typed).toLowerCase();
  const from = Math.max(0, active) + (repeated && active >= 0 ? 1 : 0);
  for (let step = 0; step < rows.length; step += 1) {
    const index = (from + step) % rows.length;
    if (rows[index]?.name.toLowerCase().startsWith(text) === true) return index;
  }
  return -1;
}
