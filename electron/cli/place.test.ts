import { expect, test } from 'vitest';
import { parsePlace, requirePlace } from './place.ts';

test.each([
  ['Local library:/a/b', { location: 'Local library', path: 'a/b', isFolder: false }],
  ['s3:/a/', { location: 's3', path: 'a', isFolder: true }],
  ['s3:/', { location: 's3', path: '', isFolder: true }],
  ['s3:', { location: 's3', path: '', isFolder: true }],
  ['s3:/a:b/ü', { location: 's3', path: 'a:b/ü', isFolder: false }],
])('%s is a place', (text, place) => {
  expect(parsePlace(text)).toEqual(place);
});

test.each(['C:\\x', 'C:/x', 'c:', '/a/b', 'a/b:/c', '', 'plain', '..:x'])('%s is a path of this computer', (text) => {
  expect(parsePlace(text)).toBeNull();
});

test('a path that leaves the root is refused', () => {
  expect(() => parsePlace('s3:/a/../..')).toThrow(expect.objectContaining({ code: 'invalid_location' }));
});

test('what is no place is named with the form expected', () => {
  expect(() => requirePlace('/etc')).toThrow(/"\/etc".*NAME:\/path/);
});
