import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { newPartialName } from '../../partial-name.ts';
import { sameIgnoringCase, whyNotKeepable } from './names.ts';
import { absolutePath, isInside } from './root.ts';

describe('names', () => {
  test.each(['CON', 'nul', 'NUL.txt', 'nul.tar.gz', 'Com1', 'LPT9.log', 'com\u00b2', 'CONIN$', 'aux .txt', 'end.', 'end ', 'a:b', 'a?b', 'a*b', 'a"b', 'a<b', 'a|b', 'a\\b', 'a\u0001b', 'new\nline'])('Windows cannot keep %j, others can', (name) => {
    expect(whyNotKeepable(name, 'win32')).not.toBeNull();
    expect(whyNotKeepable(name, 'linux')).toBeNull();
    expect(whyNotKeepable(name, 'darwin')).toBeNull();
  });

  test.each(['CONSOLE', 'nully.txt', 'COM', 'COM10', 'my.nul', '.hidden', ' leading', 'a.b.c', 'Caf\u00e9', '\u{1f4f7}', '...x'])('Windows keeps %j', (name) => {
    expect(whyNotKeepable(name, 'win32')).toBeNull();
  });

  test('no platform keeps a lone surrogate or a name of our own partial files', () => {
    expect(whyNotKeepable('a\ud800b', 'linux')).toMatch(/Unicode/);
    expect(whyNotKeepable(newPartialName(), 'linux')).toMatch(/not complete/);
    expect(whyNotKeepable(newPartialName().toUpperCase(), 'linux')).toMatch(/not complete/);
    expect(whyNotKeepable('.holdfast-notes.part', 'linux')).toBeNull();
  });

  test('names that a disk may take for the same', () => {
    expect(sameIgnoringCase('Caf\u00c9.TXT', 'cafe\u0301.txt')).toBe(true);
    expect(sameIgnoringCase('a', 'b')).toBe(false);
  });
});

describe('paths below a root', () => {
  test('are joined in the way of the platform', () => {
    expect(absolutePath('/srv/data', 'a/b c', 'linux', path.posix)).toBe('/srv/data/a/b c');
    expect(absolutePath('/', 'a', 'linux', path.posix)).toBe('/a');
    expect(absolutePath('C:\\data', 'a/b c', 'win32', path.win32)).toBe('C:\\data\\a\\b c');
    expect(absolutePath('D:\\', 'a', 'win32', path.win32)).toBe('D:\\a');
    expect(absolutePath('\\\\host\\share\\', 'a', 'win32', path.win32)).toBe('\\\\host\\share\\a');
    expect(absolutePath('/srv/data', '', 'linux', path.posix)).toBe('/srv/data');
  });

  test.each(['..', 'a/../..', '../data2', '.', 'a//b', '//etc'])('%j is refused everywhere', (name) => {
    expect(() => absolutePath('/srv/data', name, 'linux', path.posix)).toThrow(expect.objectContaining({ code: 'invalid_location' }));
    expect(() => absolutePath('C:\\data', name, 'win32', path.win32)).toThrow(expect.objectContaining({ code: 'invalid_location' }));
  });

  test.each(['..\\..\\x', 'C:x', 'C:\\x', '\\x', 'a\\..\\..\\x', 'file.txt:stream'])('%j would lead elsewhere on Windows and is refused there', (name) => {
    expect(() => absolutePath('C:\\data', name, 'win32', path.win32)).toThrow(expect.objectContaining({ code: 'invalid_location' }));
  });

  test('a neighbour whose name begins like the root is outside', () => {
    expect(isInside('/srv/data', '/srv/data', path.posix)).toBe(true);
    expect(isInside('/srv/data', '/srv/data/..a', path.posix)).toBe(true);
    expect(isInside('/srv/data', '/srv/data2/x', path.posix)).toBe(false);
    expect(isInside('/srv/data', '/srv', path.posix)).toBe(false);
    expect(isInside('/', '/etc', path.posix)).toBe(true);
    expect(isInside('C:\\data', 'c:\\DATA\\x', path.win32)).toBe(true);
    expect(isInside('C:\\data', 'D:\\data\\x', path.win32)).toBe(false);
    expect(isInside('\\\\host\\share\\a', '\\\\host\\other\\a', path.win32)).toBe(false);
  });
});
