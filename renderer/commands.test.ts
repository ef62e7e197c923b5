// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { commandForKey, COMMANDS, formatKeys } from './commands.ts';

const press = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', boolean>> = {}, mac = false) =>
  commandForKey({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held }, mac)?.id ?? null;

describe('keys of the window', () => {
  it('find their command on each kind of keyboard', () => {
    expect(press('k', { ctrlKey: true })).toBe('palette');
    expect(press('k', { metaKey: true }, true)).toBe('palette');
    expect(press('k', { ctrlKey: true }, true)).toBeNull();
    expect(press('k', { metaKey: true })).toBeNull();
    expect(press('U', { ctrlKey: true, shiftKey: true })).toBe('upload folder');
    expect(press('u', { ctrlKey: true })).toBe('upload files');
    expect(press('ArrowUp', { altKey: true })).toBe('up');
    expect(press('/', { ctrlKey: true, shiftKey: true })).toBe('shortcuts');
  });

  it('leave plain typing alone', () => {
    expect(press('k')).toBeNull();
    expect(press('Delete')).toBeNull();
  });

  it('mean one thing each', () => {
    const keys = COMMANDS.flatMap((command) => (command.keys === null ? [] : [command.keys]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('are written as the desktop writes them', () => {
    expect(formatKeys('Mod+Shift+U', false)).toBe('Ctrl+Shift+U');
    expect(formatKeys('Mod+Shift+U', true)).toBe('⌘⇧U');
    expect(formatKeys('Alt+ArrowLeft', false)).toBe('Alt+←');
  });
});
