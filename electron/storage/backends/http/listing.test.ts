import { describe, expect, test } from 'vitest';
import { PAGE_SIZE, parsePages } from './listing.ts';

const ROOT = 'http://127.0.0.1/root/';
const parse = (entries: readonly unknown[], folder = '') => [...parsePages(entries, ROOT, folder, true)].flat();
const file = (name: unknown) => ({ name, type: 'file', size: 1, mtime: 'Wed, 04 Jun 2025 10:00:00 GMT' });

describe('parsePages', () => {
  test('reads what nginx writes', () => {
    expect(parse([{ name: 'a b', type: 'directory', mtime: 'Wed, 04 Jun 2025 10:00:00 GMT' }, file('c#.txt')], 'in')).toEqual([
      { kind: 'folder', path: 'in/a b', name: 'a b', uri: `${ROOT}in/a%20b/`, size: null, modified: '2025-06-04T10:00:00.000Z', checksum: null, readable: true, writable: true },
      { kind: 'file', path: 'in/c#.txt', name: 'c#.txt', uri: `${ROOT}in/c%23.txt`, size: 1, modified: '2025-06-04T10:00:00.000Z', checksum: null, readable: true, writable: true },
    ]);
  });

  test('drops names that leave the folder or are none', () => {
    const bad = ['..', '.', '', '../escape', '/etc/passwd', 'a/b', 'nul\0', 'n'.repeat(256), '\ud800', 7, null, {}].map(file);
    expect(parse([...bad, file('good')]).map(({ name }) => name)).toEqual(['good']);
  });

  test('drops entries that are none, and a name that comes twice', () => {
    expect(parse([null, 'x', 3, [], {}, { name: 'socket', type: 'other' }, file('twice'), file('twice')]).map(({ name }) => name)).toEqual(['twice']);
  });

  test('sizes and times that are none are not known', () => {
    const found = parse([{ name: 'a', type: 'file', size: -1, mtime: 'yesterday' }, { name: 'b', type: 'file', size: '12' }, { name: 'c', type: 'file', size: 1e300 }]);
    expect(found.map(({ size, modified }) => [size, modified])).toEqual([[null, null], [null, null], [null, null]]);
  });

  test('names that objects inherit are names', () => {
    expect(parse(['__proto__', 'constructor'].map(file)).map(({ name }) => name)).toEqual(['__proto__', 'constructor']);
  });

  test('gives pages', () => {
    const pages = [...parsePages(Array.from({ length: PAGE_SIZE * 2 + 1 }, (_, at) => file(`f${at}`)), ROOT, '', true)];
    expect(pages.map(({ length }) => length)).toEqual([PAGE_SIZE, PAGE_SIZE, 1]);
  });
});
