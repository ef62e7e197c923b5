import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connection } from './connection.ts';
import { GroupCommit } from './group-commit.ts';
import { migrate } from './migrations.ts';
import type { Request } from './operations.ts';

let folder: string;
let connection: Connection;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-group-'));
  connection = new Connection(join(folder, 'a.db'));
  migrate(connection);
});
afterEach(() => {
  connection.close();
  rmSync(folder, { recursive: true, force: true });
});

const request = (id: number, table: Request['table'], operation: string, ...parameters: readonly unknown[]): Request => ({ id, table, operation, parameters });
const owner = (id: string) => ({ id, pid: 1, host: 'h', started: 0, heartbeat: 0 });

test('requests that come together share one commit and are answered in order', () => {
  const exec = vi.spyOn(connection, 'exec');
  const answers = new GroupCommit(connection).run([
    request(1, 'settings', 'set', { theme: 'dark' }),
    request(2, 'settings', 'get'),
    request(3, 'settings', 'set', { concurrency: 4 }),
    request(4, 'settings', 'get'),
  ]);
  expect(answers).toEqual([{ id: 1, value: undefined }, { id: 2, value: { theme: 'dark' } }, { id: 3, value: undefined }, { id: 4, value: { theme: 'dark', concurrency: 4 } }]);
  expect(exec.mock.calls.filter(([sql]) => sql === 'COMMIT')).toHaveLength(1);
});

test('a request that fails takes back its own changes and nothing of the others', () => {
  const commit = new GroupCommit(connection);
  const answers = commit.run([
    request(1, 'owners', 'register', owner('a')),
    request(2, 'batches', 'add', { id: 'b', owner: 'nobody', title: '', direction: 'upload', conflict: 'ask', locationId: 'l', root: '', options: '{}', queuedAt: '', walks: [] }),
    request(3, 'owners', 'register', owner('b')),
    request(4, 'owners', 'register', owner('a')),
    request(5, 'batches', 'add', { id: 'b', owner: 'a', title: '', direction: 'upload', conflict: 'ask', locationId: 'l', root: '', options: '{}', queuedAt: '', walks: [{ source: null, destination: null }] }),
  ]);
  expect(answers.map((answer) => ('error' in answer ? answer.error.code : 'fine'))).toEqual(['fine', 'already_exists', 'fine', 'already_exists', 'already_exists']);
  expect(connection.all('SELECT id FROM owners')).toEqual([{ id: 'a' }, { id: 'b' }]);
  expect(connection.all('SELECT id FROM batches')).toEqual([]);
});

test('a commit that fails fails every request of the group, and the next group works', () => {
  const commit = new GroupCommit(connection);
  const exec = vi.spyOn(connection, 'exec').mockImplementation(function (this: Connection, sql: string) {
    if (sql === 'COMMIT') throw new Error('disk I/O error');
    Connection.prototype.exec.call(connection, sql);
  });
  const answers = commit.run([request(1, 'settings', 'set', { theme: 'dark' }), request(2, 'settings', 'get')]);
  expect(answers).toEqual([expect.objectContaining({ id: 1, error: expect.objectContaining({ code: 'unexpected' }) }), expect.objectContaining({ id: 2, error: expect.anything() })]);
  exec.mockRestore();
  expect(commit.run([request(3, 'settings', 'get')])).toEqual([{ id: 3, value: {} }]);
});

test('what reads only begins no transaction that would make other processes wait', () => {
  const exec = vi.spyOn(connection, 'exec');
  new GroupCommit(connection).run([request(1, 'settings', 'get')]);
  expect(exec).not.toHaveBeenCalled();
});

test('an operation that does not exist is refused, also one that every object has', () => {
  const [answer] = new GroupCommit(connection).run([request(1, 'settings', 'toString')]);
  expect(answer).toMatchObject({ error: { code: 'unexpected' } });
});
