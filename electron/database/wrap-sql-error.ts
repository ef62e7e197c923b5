import { type ErrorCode, StorageError } from '../../shared/storage/errors.ts';

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html) that mean something to a user. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  SQLITE_BUSY: 'unavailable',
  SQLITE_LOCKED: 'unavailable',
  SQLITE_FULL: 'out_of_space',
  SQLITE_READONLY: 'permission_denied',
  SQLITE_PERM: 'permission_denied',
  SQLITE_CANTOPEN: 'permission_denied',
  SQLITE_CONSTRAINT: 'already_exists',
};

/** Makes what SQLite threw into the one error of Holdfast; `sqlite` in the context is SQLite's own code. */
export function wrapSqlError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const sqlite = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const primary = sqlite.split('_').slice(0, 2).join('_');
  return new StorageError(CODES[primary] ?? 'unexpected', `The database of Holdfast failed: ${message}.`, { cause: error, context: { sqlite } });
}

/** The file is no database, or its pages contradict each other. */
export function isDamage(error: unknown): boolean {
  if (!(error instanceof StorageError)) return false;
  const sqlite = String(error.context['sqlite'] ?? '');
  return sqlite.startsWith('SQLITE_CORRUPT') || sqlite.startsWith('SQLITE_NOTADB');
}
