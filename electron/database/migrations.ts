import { StorageError } from '../../shared/storage/errors.ts';
import type { Connection } from './connection.ts';
import { VERSION_1 } from './schema/version-1.ts';
import { VERSION_2 } from './schema/version-2.ts';
import { VERSION_3 } from './schema/version-3.ts';
import { VERSION_4 } from './schema/version-4.ts';
import { VERSION_5 } from './schema/version-5.ts';

/** Scripts that lead from version n to n+1, oldest first; a released one is never edited. The version is SQLite's `user_version`. */
export const MIGRATIONS: readonly string[] = [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5];

export function schemaVersion(connection: Connection): number {
  return connection.one<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
}

/** Brings the file to the newest version, each step in a transaction of its own; another process may do the same at the same time. */
export function migrate(connection: Connection, migrations: readonly string[] = MIGRATIONS): void {
  for (;;) {
    if (schemaVersion(connection) >= migrations.length) return;
    connection.transaction(() => {
      const version = schemaVersion(connection);
      const script = migrations[version];
      if (script === undefined) return;
      connection.exec(script);
      connection.exec(`PRAGMA user_version = ${version + 1}`);
    });
  }
}

/** @throws StorageError unsupported when a newer Holdfast wrote the file */
export function requireKnownVersion(connection: Connection, migrations: readonly string[] = MIGRATIONS): void {
  const version = schemaVersion(connection);
  if (version <= migrations.length) return;
  throw new StorageError('unsupported', `The database has version ${version}, but this Holdfast knows versions up to ${migrations.length}.`, { context: { version } });
}
