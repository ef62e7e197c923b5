import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StorageError } from './errors.ts';
import { baseName, joinLocationPath, numberedName, parentPath, parseLocationPath, parseName } from './path.ts';

describe('a path inside a location', () => {
  test.each([
    ['', ''],
    ['/', ''],
    ['a', 'a'],
    ['/a/b/', 'a/b'],
    ['a b/%2e%2e/...', 'a b/%2e%2e/...'],
    ['-x/..hidden/trailing.', '-x/..hidden/trailing.'],
    ['back\\slash', 'back\\slash'],
  ])('%j is %j', (text, path) => expect(parseLocationPath(text)).toBe(path));

  test.each(['..', '.', '../a', 'a/..', 'a/../b', 'a/./b', '//', '//a', 'a//b', 'a//', 'a\0b', `a/${'n'.repeat(256)}`])('%j is refused', (text) => {
    expect(() => parseLocationPath(text)).toThrow(expect.objectContaining({ code: 'invalid_location' }));
  });

  test('whatever is accepted stays below the root and is read the same again', () => {
    const text = fc.array(fc.oneof(fc.constantFrom('..', '.', '', '/', 'a', '\0', '\\'), fc.string({ unit: 'grapheme', maxLength: 8 })), { maxLength: 6 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(text, (foreign) => {
        try {
          const path = parseLocationPath(foreign);
          expect(path.split('/').some((name) => name === '..' || name === '.')).toBe(false);
          expect(path.startsWith('/') || path.endsWith('/') || path.includes('//')).toBe(false);
          expect(parseLocationPath(path)).toBe(path);
        } catch (error) {
          if (!(error instanceof StorageError)) throw error;
          expect(error.code).toBe('invalid_location');
        }
      }),
    );
  });
});

describe('a name', () => {
  test.each([
    ['n'.repeat(255), true],
    ['n'.repeat(256), false],
    ['\u00fc'.repeat(127), true],
    ['\u00fc'.repeat(128), false],
    ['\u20ac'.repeat(85), true],
    ['\u20ac'.repeat(86), false],
    ['\u{1f4f7}'.repeat(63), true],
    ['\u{1f4f7}'.repeat(64), false],
  ])('of %s: fits is %s', (name, fits) => {
    if (fits) expect(parseName(name)).toBe(name);
    else expect(() => parseName(name)).toThrow('at most 255 are possible');
  });

  test('is joined only when it is one', () => {
    expect(joinLocationPath('', 'a')).toBe('a');
    expect(joinLocationPath('a', 'b', 'c')).toBe('a/b/c');
    expect(joinLocationPath('a')).toBe('a');
    expect(() => joinLocationPath('a', '../b')).toThrow('slash');
    expect(() => joinLocationPath('a', '..')).toThrow('is not a file name');
  });

  test('and its folder are told apart', () => {
    expect([parentPath('a/b/c'), baseName('a/b/c')]).toEqual(['a/b', 'c']);
    expect([parentPath('a'), baseName('a')]).toEqual(['', 'a']);
    expect([parentPath(''), baseName('')]).toEqual(['', '']);
  });

  test.each([
    ['report.pdf', 'report (2).pdf'],
    ['archive.tar.gz', 'archive.tar (2).gz'],
    ['.hidden', '.hidden (2)'],
    ['noextension', 'noextension (2)'],
    [`${'n'.repeat(251)}.pdf`, `${'n'.repeat(247)} (2).pdf`],
    ['trailing.', 'trailing (2).'],
  ])('%j numbered is %j', (name, numbered) => expect(numberedName(name, 2)).toBe(numbered));

  test.each([`${'n'.repeat(251)}.pdf`, '\u{1f4f7}'.repeat(63), `a.${'e'.repeat(253)}`])('a long name stays a name when it is numbered', (name) => {
    const numbered = numberedName(name, 12);
    expect(parseName(numbered)).toBe(numbered);
    expect(numbered).toContain(' (12)');
    expect(numbered).not.toMatch(/\p{Surrogate}/u);
  });
});
