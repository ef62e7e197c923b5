import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Connection } from './connection.ts';
import { MIGRATIONS, migrate, requireKnownVersion, schemaVersion } from './migrations.ts';
import { openDatabase } from './open-database.ts';
import { DATABASE_FILE } from './open-connection.ts';
import { createVersion1 } from './version-1-fixture.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-migrations-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const schemaOf = (connection: Connection) => connection.all<{ sql: string }>('SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name');

test('every older version comes to the same schema as an empty file', () => {
  const fresh = new Connection(join(folder, 'fresh.db'));
  migrate(fresh);
  for (let from = 0; from < MIGRATIONS.length; from++) {
    const old = new Connection(join(folder, `from-${from}.db`));
    migrate(old, MIGRATIONS.slice(0, from));
    expect(schemaVersion(old)).toBe(from);
    migrate(old);
    expect(schemaOf(old)).toEqual(schemaOf(fresh));
    old.close();
  }
  fresh.close();
});

test('a database of version 1 keeps every row and can be used', async () => {
  createVersion1(join(folder, DATABASE_FILE));
  const database = await openDatabase({ folder });
  expect(database.notices).toEqual([]);
  expect(await database.locations.list()).toEqual([{ id: 'loc', name: 'Archive' }]);
  expect(await database.settings.get()).toEqual({ theme: 'dark' });
  expect(await database.secrets.get('secret')).toEqual(new Uint8Array([1, 2, 255]));
  expect(await database.journal.batches.get('batch')).toMatchObject({ discovering: true, counts: [{ state: 'done', count: 1, bytes: 5 }, { state: 'transferring', count: 1, bytes: 7 }] });
  expect(await database.receipts.get('receipt')).toMatchObject({ id: 'receipt' });
  const latest = [];
  for await (const page of database.receipts.latest()) latest.push(...page);
  expect(latest).toHaveLength(1);
  expect((await database.fileStates.forPaths('loc', ['a'])).get('a')).toMatchObject({ level: 3, expected: null });
  await database.close();
});

test('a step that fails is taken back whole, and the version stays', () => {
  const connection = new Connection(join(folder, 'a.db'));
  migrate(connection, MIGRATIONS.slice(0, 1));
  const before = schemaOf(connection);
  expect(() => migrate(connection, [MIGRATIONS[0] ?? '', 'CREATE TABLE extra (a); SELECT * FROM nowhere;'])).toThrow('nowhere');
  expect(schemaVersion(connection)).toBe(1);
  expect(schemaOf(connection)).toEqual(before);
  connection.close();
});

test('two connections that open an old file together make each step once', () => {
  const path = join(folder, 'a.db');
  const [one, other] = [new Connection(path), new Connection(path)];
  one.exec('PRAGMA journal_mode = WAL');
  migrate(one);
  migrate(other);
  expect(schemaVersion(other)).toBe(MIGRATIONS.length);
  one.close();
  other.close();
});

test('a newer version is refused with both numbers', () => {
  const connection = new Connection(join(folder, 'a.db'));
  connection.exec('PRAGMA user_version = 99');
  expect(() => requireKnownVersion(connection)).toThrow(`version 99, but this Holdfast knows versions up to ${MIGRATIONS.length}`);
  connection.close();
});
