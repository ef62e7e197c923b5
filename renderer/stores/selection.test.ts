import { describe, expect, it } from 'vitest';
import { keepExisting, NO_SELECTION, select, selectAll } from './selection.ts';

const rows = ['a', 'b', 'c', 'd', 'e'].map((path) => ({ path }));
const paths = (selection: { readonly paths: ReadonlySet<string> }) => [...selection.paths].toSorted().join('');

describe('selection', () => {
  it('extends from where it began, in both directions, and shrinks again', () => {
    const begun = select(NO_SELECTION, rows, 'c', 'only');
    const down = select(begun, rows, 'e', 'range');
    expect(paths(down)).toBe('cde');
    const up = select(down, rows, 'a', 'range');
    expect(paths(up)).toBe('abc');
    expect(paths(select(up, rows, 'b', 'range'))).toBe('bc');
    expect(up.active).toBe('a');
  });

  it('adds and takes away single rows and begins the next range there', () => {
    const two = select(select(NO_SELECTION, rows, 'a', 'only'), rows, 'd', 'toggle');
    expect(paths(two)).toBe('ad');
    expect(paths(select(two, rows, 'a', 'toggle'))).toBe('d');
    expect(paths(select(two, rows, 'e', 'range'))).toBe('de');
  });

  it('moves the keyboard without choosing', () => {
    const moved = select(select(NO_SELECTION, rows, 'a', 'only'), rows, 'c', 'focus');
    expect(paths(moved)).toBe('a');
    expect(moved.active).toBe('c');
  });

  it('begins a range at the row itself when the beginning is gone', () => {
    expect(paths(select({ paths: new Set(['gone']), anchor: 'gone', active: 'gone' }, rows, 'd', 'range'))).toBe('d');
  });

  it('takes everything that is shown', () => {
    expect(paths(selectAll(NO_SELECTION, rows))).toBe('abcde');
    expect(selectAll(NO_SELECTION, []).active).toBeNull();
  });

  it('forgets rows that are no more, and stays the same object when none went', () => {
    const chosen = select(select(NO_SELECTION, rows, 'a', 'only'), rows, 'd', 'toggle');
    expect(keepExisting(chosen, rows)).toBe(chosen);
    const kept = keepExisting(chosen, rows.slice(0, 2));
    expect(paths(kept)).toBe('a');
    expect(kept.active).toBeNull();
  });
});
