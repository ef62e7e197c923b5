import { describe, expect, it } from 'vitest';
import type { GridState } from './grid-keys.ts';
import { gridAction, typeAhead } from './grid-keys.ts';

const state: GridState = { count: 100, active: 50, page: 10, typed: '' };

function press(keys: string, more: Partial<GridState> = {}) {
  const parts = keys.split('+');
  const key = parts.at(-1) ?? '';
  return gridAction({ key: key === 'Space' ? ' ' : key, ctrlKey: parts.includes('Ctrl'), metaKey: parts.includes('Meta'), shiftKey: parts.includes('Shift'), altKey: parts.includes('Alt') }, { ...state, ...more });
}

describe('keys of the table', () => {
  it.each([
    ['ArrowDown', 51, 'only'], ['Shift+ArrowUp', 49, 'range'], ['Ctrl+ArrowDown', 51, 'focus'], ['Home', 0, 'only'], ['Shift+End', 99, 'range'], ['PageDown', 60, 'only'], ['PageUp', 40, 'only'],
  ])('%s moves to row %d (%s)', (keys, to, mode) => expect(press(keys)).toEqual({ kind: 'move', to, mode }));

  it('stay inside the table', () => {
    expect(press('ArrowDown', { active: 99 })).toMatchObject({ to: 99 });
    expect(press('PageUp', { active: 3 })).toMatchObject({ to: 0 });
    expect(press('ArrowDown', { active: -1 })).toMatchObject({ to: 0 });
    expect(press('ArrowUp', { active: -1 })).toMatchObject({ to: 99 });
    expect(press('ArrowDown', { count: 0, active: -1 })).toBeNull();
  });

  it.each([['Enter', 'open'], ['F2', 'rename'], ['Delete', 'delete'], ['Backspace', 'up'], ['Ctrl+a', 'all'], ['Meta+a', 'all'], ['Space', 'preview'], ['Ctrl+Space', 'toggle'], ['Escape', 'none'], ['Shift+F10', 'menu'], ['ContextMenu', 'menu']])(
    '%s means %s', (keys, kind) => expect(press(keys)).toEqual({ kind }),
  );

  it('leave the keys of the window alone', () => {
    for (const keys of ['Ctrl+f', 'Ctrl+k', 'Alt+ArrowUp', 'Tab', 'F5', 'F10']) expect(press(keys)).toBeNull();
  });

  it('type a space only inside a name', () => {
    expect(press('Space', { typed: 'multibeam' })).toEqual({ kind: 'type', text: ' ' });
    expect(press('m')).toEqual({ kind: 'type', text: 'm' });
    expect(press('ü')).toEqual({ kind: 'type', text: 'ü' });
  });
});

describe('typing a name', () => {
  const rows = ['alpha', 'beta', 'Bravo', 'bronze', 'gamma'].map((name) => ({ name }));

  it('goes to the first that fits from here on, and around', () => {
    expect(typeAhead(rows, 0, 'br')).toBe(2);
    expect(typeAhead(rows, 4, 'al')).toBe(0);
    expect(typeAhead(rows, 0, 'x')).toBe(-1);
    expect(typeAhead([], -1, 'x')).toBe(-1);
  });

  it('with one letter again goes on to the next', () => {
    expect(typeAhead(rows, 0, 'b')).toBe(1);
    expect(typeAhead(rows, 1, 'bb')).toBe(2);
    expect(typeAhead(rows, 3, 'bbbb')).toBe(1);
  });

  it('stays on the row while its name is being typed further', () => {
    expect(typeAhead(rows, 2, 'bra')).toBe(2);
  });
});
