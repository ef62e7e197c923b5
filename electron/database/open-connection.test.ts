import { mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { openSync, closeSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Connection } from './connection.ts';
import { MIGRATIONS, schemaVersion } from './migrations.ts';
import { DATABASE_FILE, openConnection } from './open-connection.ts';

let folder: string;
let path: string;
const at = () => new Date('2026-11-24T09:30:15.123Z');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-database-'));
  path = join(folder, DATABASE_FILE);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fill(): void {
  const { connection } = openConnection(folder);
  connection.transaction(() => {
    for (let index = 0; index < 2000; index++) connection.run('INSERT INTO settings (key, value) VALUES (?, ?)', [`key ${index}`, JSON.stringify('x'.repeat(200))]);
  });
  connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  connection.close();
}

const damagedFiles = (kind: 'damaged' | 'newer') => readdirSync(folder).filter((name) => name.startsWith(`holdfast-${kind}-`) && name.endsWith('.db'));

test('a missing folder is made, with a database of the newest version that waits for the disk at each commit', () => {
  const { connection, notices } = openConnection(join(folder, 'a', 'b'));
  expect(notices).toEqual([]);
  expect(schemaVersion(connection)).toBe(MIGRATIONS.length);
  expect(connection.one('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
  expect(connection.one('PRAGMA synchronous')).toEqual({ synchronous: 2 });
  expect(connection.one('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
  connection.close();
});

test('a file that is no database is kept under another name, byte for byte, and a fresh one starts', () => {
  const garbage = Buffer.from('this was a database once '.repeat(500));
  writeFileSync(path, garbage);
  const { connection, notices } = openConnection(folder, at);
  expect(schemaVersion(connection)).toBe(MIGRATIONS.length);
  connection.close();
  const kept = join(folder, 'holdfast-damaged-20261124-093015123.db');
  expect(readFileSync(kept)).toEqual(garbage);
  expect(notices).toEqual([expect.stringContaining(kept)]);
  expect(notices[0]).toContain('damaged');
});

test('a database with a broken page in the middle is found at the start', () => {
  fill();
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(4096 * 3, 0x5a), 0, 4096 * 3, 4096 * 40);
  closeSync(file);
  const { connection, notices } = openConnection(folder);
  expect(connection.all('SELECT * FROM settings')).toEqual([]);
  connection.close();
  expect(notices).toHaveLength(1);
  expect(damagedFiles('damaged')).toHaveLength(1);
});

test('a database that was cut off is found at the start', () => {
  fill();
  truncateSync(path, 4096 * 20);
  const { connection, notices } = openConnection(folder);
  connection.close();
  expect(notices).toHaveLength(1);
});

test('a database of a newer Holdfast is kept as it is, also what it has in its log', () => {
  fill();
  const newer = new Connection(path);
  newer.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  newer.run('INSERT INTO settings (key, value) VALUES (?, ?)', ['late', '1']);
  newer.close();
  const { connection, notices } = openConnection(folder, at);
  expect(schemaVersion(connection)).toBe(MIGRATIONS.length);
  connection.close();
  expect(notices[0]).toContain('newer version');
  const kept = new Connection(join(folder, 'holdfast-newer-20261124-093015123.db'));
  expect(schemaVersion(kept)).toBe(MIGRATIONS.length + 1);
  expect(kept.all('SELECT key FROM settings WHERE key = ?', ['late'])).toHaveLength(1);
  kept.close();
});

test('a file that was set aside before is never replaced by the next one', () => {
  for (const text of ['first', 'second']) {
    writeFileSync(path, `${text} garbage `.repeat(300));
    openConnection(folder, at).connection.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  }
  expect(damagedFiles('damaged').map((name) => readFileSync(join(folder, name), 'utf8').slice(0, 6)).toSorted()).toEqual(['first ', 'second']);
});

test('a sound database is opened again without a word', () => {
  fill();
  const { connection, notices } = openConnection(folder);
  expect(notices).toEqual([]);
  expect(connection.all('SELECT key FROM settings')).toHaveLength(2000);
  connection.close();
});
