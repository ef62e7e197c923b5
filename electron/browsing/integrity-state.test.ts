import { expect, test } from 'vitest';
import type { FileInstance } from '../../shared/storage/file-instance.ts';
import type { FileState } from '../database/open-database.ts';
import { integrityOf } from './integrity-state.ts';

const file: FileInstance = { kind: 'file', path: 'a', name: 'a', uri: 'file:///a', size: 5, modified: '2026-11-23T10:00:00.250Z', checksum: null, readable: true, writable: true };
const checksum = `sha256:${'a'.repeat(64)}` as const;
const other = `sha256:${'b'.repeat(64)}` as const;
const proven: FileState = { locationId: 'l', path: 'a', size: 5, modified: file.modified, kind: 'proven', level: 3, algorithm: 'sha256', checksum, expected: null, found: null, at: '2026-11-23T10:00:01.000Z' };

test('nothing known is nothing claimed', () => {
  expect(integrityOf(file, undefined)).toEqual({ kind: 'unknown' });
});

test('an unchanged file keeps what was proven', () => {
  expect(integrityOf(file, proven)).toEqual({ kind: 'proven', level: 3, algorithm: 'sha256', checksum, at: proven.at });
});

test('a listing in whole seconds does not make a file look changed', () => {
  expect(integrityOf({ ...file, modified: '2026-11-23T10:00:00.000Z' }, proven).kind).toBe('proven');
});

test.each([
  ['another size', { size: 6 }],
  ['another time', { modified: '2026-11-23T10:00:00.251Z' }],
  ['another second', { modified: '2026-11-23T10:00:01.000Z' }],
])('%s takes the claim away', (_what, change) => {
  expect(integrityOf({ ...file, ...change }, proven)).toEqual({ kind: 'changed', since: proven.at });
});

test('a mismatch shows both digests', () => {
  expect(integrityOf(file, { ...proven, kind: 'mismatch', expected: checksum, found: other })).toEqual({ kind: 'mismatch', expected: checksum, found: other, at: proven.at });
});

test('a bad copy that could not be removed is a mismatch, though its size and time were not asked for then', () => {
  expect(integrityOf(file, { ...proven, kind: 'mismatch', size: null, modified: null, expected: checksum, found: other }).kind).toBe('mismatch');
});
