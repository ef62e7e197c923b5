import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StorageError } from '../../shared/storage/errors.ts';
import { Connection } from './connection.ts';
import { migrate, requireKnownVersion } from './migrations.ts';
import { setAside } from './set-aside.ts';
import { isDamage } from './wrap-sql-error.ts';

/** Pages kept in memory, in KiB: enough for the indexes of a history of some 100,000 transfers, so that small files do not read them again and again. */
const CACHE_KIB = 16 * 1024;

export const DATABASE_FILE = 'holdfast.db';

/** Up to this size the whole file is checked at every start (well under a second); a larger one once a day. */
const CHECK_ALWAYS_BYTES = 64 * 1024 * 1024;
const DAY_MS = 24 * 3600 * 1000;
const LAST_CHECK = 'checked at';

export interface OpenedConnection {
  readonly connection: Connection;
  /** sentences for the user about files that were set aside */
  readonly notices: readonly string[];
}

/** Opens the database of a folder, newest schema, made when missing. A damaged or newer file is renamed and a fresh one started. @throws StorageError when the folder cannot be used */
export function openConnection(folder: string, now: () => Date = () => new Date()): OpenedConnection {
  const path = join(folder, DATABASE_FILE);
  makeFolder(folder);
  const connection = new Connection(path);
  try {
    prepare(connection, now());
    return { connection, notices: [] };
  } catch (error) {
    connection.close();
    const notice = setAsideFor(error, path, folder, now);
    if (notice === null) throw error;
    const fresh = new Connection(path);
    prepare(fresh, now());
    return { connection: fresh, notices: [notice] };
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StorageError('permission_denied', `The folder for Holdfast’s data cannot be made: ${folder}.`, { cause: error, context: { path: folder } });
  }
}

function prepare(connection: Connection, now: Date): void {
  requireKnownVersion(connection);
  connection.exec('PRAGMA journal_mode = WAL');
  connection.exec(`PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -${CACHE_KIB};`);
  check(connection, now);
  migrate(connection);
}

function check(connection: Connection, now: Date): void {
  const large = statSync(connection.path).size > CHECK_ALWAYS_BYTES;
  if (large && checkedLately(connection, now)) return;
  const answer = connection.one<{ quick_check: string }>('PRAGMA quick_check(1)')?.quick_check;
  if (answer !== 'ok') throw new StorageError('unexpected', `The database of Holdfast is damaged: ${answer ?? 'no answer'}.`, { context: { sqlite: 'SQLITE_CORRUPT' } });
  if (large) connection.run('INSERT INTO upkeep (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', [LAST_CHECK, now.toISOString()]);
}

function checkedLately(connection: Connection, now: Date): boolean {
  const row = connection.one<{ value: string }>('SELECT value FROM upkeep WHERE key = ?', [LAST_CHECK]);
  const age = row === undefined ? Infinity : now.getTime() - Date.parse(row.value);
  return age >= 0 && age < DAY_MS;
}

/** @returns a sentence for the user; null when the failure says nothing about the file itself */
function setAsideFor(error: unknown, path: string, folder: string, now: () => Date): string | null {
  if (isDamage(error)) {
    const kept = setAside(path, folder, 'damaged', now);
    return `Holdfast’s database was damaged. It was kept as ${kept}, and a new, empty one was started: locations, history and receipts of before are in the kept file only.`;
  }
  if (error instanceof StorageError && error.code === 'unsupported') {
    const kept = setAside(path, folder, 'newer', now);
    return `Holdfast’s database was written by a newer version of Holdfast. It was kept as ${kept}, and a new, empty one was started. To use the kept one, install that newer version and give the file its old name, ${DATABASE_FILE}.`;
  }
  return null;
}
