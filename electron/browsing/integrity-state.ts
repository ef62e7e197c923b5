import type { FileInstance } from '../../shared/storage/file-instance.ts';
import type { IntegrityState } from '../../shared/ipc/views.ts';
import type { FileState } from '../database/open-database.ts';

/** What may be claimed of a file now, from what was found out about it then. */
export function integrityOf(file: FileInstance, known: FileState | undefined): IntegrityState {
  if (known === undefined || file.kind === 'folder') return { kind: 'unknown' };
  if (!isUnchanged(file, known)) return { kind: 'changed', since: known.at };
  if (known.kind === 'proven') return { kind: 'proven', level: known.level, algorithm: known.algorithm, checksum: known.checksum, at: known.at };
  if (known.expected === null || known.found === null) return { kind: 'unknown' };
  return { kind: 'mismatch', expected: known.expected, found: known.found, at: known.at };
}

/** What was not known then cannot contradict what is seen now. */
export function isUnchanged(file: Pick<FileInstance, 'size' | 'modified'>, known: Pick<FileState, 'size' | 'modified'>): boolean {
  if (file.size !== null && known.size !== null && known.size !== file.size) return false;
  return file.modified === null || known.modified === null || isSameTime(file.modified, known.modified);
}

/** Listings often give whole seconds where a single question gives milliseconds: then only the seconds count. */
export function isSameTime(a: string, b: string): boolean {
  const [first, second] = [Date.parse(a), Date.parse(b)];
  if (first % 1000 === 0 || second % 1000 === 0) return Math.floor(first / 1000) === Math.floor(second / 1000);
  return first === second;
}
