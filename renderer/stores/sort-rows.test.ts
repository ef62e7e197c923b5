import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileRow } from '../../shared/ipc/views.ts';
import { filterRows, mergeRows, sortRows } from './sort-rows.ts';
import type { Sort } from './sort-rows.ts';

function row(name: string, more: Partial<FileRow> = {}): FileRow {
  return { kind: 'file', path: name, name, uri: `memory:/${name}`, size: 1, modified: null, checksum: null, readable: true, writable: true, integrity: { kind: 'unknown' }, ...more };
}

const by = (column: Sort['column'], descending = false): Sort => ({ column, descending });
const names = (rows: readonly FileRow[]) => rows.map(({ name }) => name);

describe('sorting', () => {
  it('reads numbers in names as numbers and puts folders first, in both directions', () => {
    const rows = [row('b10'), row('b9'), row('A'), row('z', { kind: 'folder' })];
    expect(names(sortRows(rows, by('name')))).toEqual(['z', 'A', 'b9', 'b10']);
    expect(names(sortRows(rows, by('name', true)))).toEqual(['z', 'b10', 'b9', 'A']);
  });

  it('by size orders equal sizes by name, also when it is turned round', () => {
    const rows = [row('c', { size: 5 }), row('b', { size: 5 }), row('a', { size: 9 }), row('unknown', { size: null })];
    expect(names(sortRows(rows, by('size')))).toEqual(['unknown', 'b', 'c', 'a']);
    expect(names(sortRows(rows, by('size', true)))).toEqual(['a', 'b', 'c', 'unknown']);
  });

  it('by integrity puts a mismatch first', () => {
    const checksum = `sha256:${'0'.repeat(64)}` as const;
    const rows = [row('proven', { integrity: { kind: 'proven', level: 3, algorithm: 'sha256', checksum, at: '' } }), row('bad', { integrity: { kind: 'mismatch', expected: checksum, found: checksum, at: '' } }), row('unknown')];
    expect(names(sortRows(rows, by('integrity')))).toEqual(['bad', 'unknown', 'proven']);
  });

  it('page by page gives what sorting everything at once gives', () => {
    const rowOf = fc.record({ name: fc.string({ minLength: 1, maxLength: 4 }), size: fc.option(fc.nat(3)), folder: fc.boolean() }).map(({ name, size, folder }) => row(name, { size, kind: folder ? 'folder' : 'file' }));
    fc.assert(fc.property(fc.array(rowOf), fc.array(rowOf), fc.constantFrom('name' as const, 'size' as const), fc.boolean(), (first, second, column, descending) => {
      const sort = by(column, descending);
      expect(names(mergeRows(sortRows(first, sort), second, sort))).toEqual(names(sortRows([...first, ...second], sort)));
    }));
  });
});

describe('the filter', () => {
  it('wants every word, in any case and however the accent is written', () => {
    const rows = [row('Cruise log 2026.pdf'), row('cruise.txt'), row('Überblick.docx'.normalize('NFD'))];
    expect(names(filterRows(rows, 'LOG cruise'))).toEqual(['Cruise log 2026.pdf']);
    expect(filterRows(rows, 'über')).toHaveLength(1);
    expect(filterRows(rows, '  ')).toBe(rows);
  });
});
