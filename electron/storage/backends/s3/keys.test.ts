import { describe, expect, test } from 'vitest';
import { copySource, decodeKey, folderKeyOf, keyOf, pathOf } from './keys.ts';

describe('keys', () => {
  test('lie below the prefix', () => {
    expect(keyOf('p/', 'a/b')).toBe('p/a/b');
    expect(folderKeyOf('p/', '')).toBe('p/');
    expect(folderKeyOf('', '')).toBe('');
    expect(folderKeyOf('p/', 'a')).toBe('p/a/');
  });

  test.each(['../x', 'a//b', './a', `${'n'.repeat(200)}/`.repeat(6)])('%j makes none', (path) => {
    expect(() => keyOf('', path)).toThrow(expect.objectContaining({ code: 'invalid_location' }));
  });

  test('half of a character makes none', () => {
    expect(() => keyOf('', 'a\ud83d')).toThrow(/half of a character/);
    expect(keyOf('', 'a\u{1f4f7}')).toBe('a\u{1f4f7}');
  });

  test.each([
    ['p/a/b', 'a/b'],
    ['p/', null],
    ['p', null],
    ['q/a', null],
    ['p/a//b', null],
    ['p/../x', null],
    ['p/a/', null],
    ['p//a', null],
    ['p/nul\0', null],
    [`p/${'n'.repeat(256)}`, null],
    ['p/new\nline', 'new\nline'],
  ])('%j is read as %j', (key, path) => {
    expect(pathOf('p/', key)).toBe(path);
  });

  test('are decoded as Amazon and as others write them', () => {
    expect(decodeKey('a+b%20c%2Bd/%C3%BC')).toBe('a b c+d/ü');
    expect(decodeKey('%zz')).toBeNull();
    expect(decodeKey('%ff')).toBeNull();
  });

  test('are encoded as the source of a copy', () => {
    expect(copySource('b', 'a b/ü?+', 'v 1')).toBe('b/a%20b/%C3%BC%3F%2B?versionId=v%201');
  });
});
