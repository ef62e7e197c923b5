import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Database, type OpenDatabaseOptions, openDatabase } from './open-database.ts';
import { receiptFixture } from './receipt-fixture.ts';

/** Inside the project, so that the built thread finds libsql. */
const BUILT = join(import.meta.dirname, '../../node_modules/.cache/holdfast-test', `database-thread-${process.pid}`);

beforeAll(async () => {
  await build({
    configFile: false, logLevel: 'error',
    build: { ssr: join(import.meta.dirname, 'database-thread.ts'), outDir: BUILT, emptyOutDir: true, rollupOptions: { external: ['libsql'], output: { entryFileNames: 'thread.mjs' } } },
  });
});
afterAll(() => rmSync(BUILT, { recursive: true, force: true }));

let folder: string;
const opened: Database[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-open-'));
});
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const WHERE: Readonly<Record<string, () => Omit<OpenDatabaseOptions, 'folder'>>> = {
  'in this thread': () => ({}),
  'in its own thread': () => ({ threadUrl: pathToFileURL(join(BUILT, 'thread.mjs')) }),
};

describe.each(Object.entries(WHERE))('a database %s', (_name, where) => {
  const open = async (options: Partial<OpenDatabaseOptions> = {}): Promise<Database> => {
    const database = await openDatabase({ folder, ...where(), ...options });
    opened.push(database);
    return database;
  };

  test('keeps locations in the order of adding, also after a change', async () => {
    const database = await open();
    const config = (id: string, name: string) => ({ id, name, backend: 'local', uri: '/', options: {}, secret: { kind: 'none' as const }, proof: { minimum: 2 as const, readBack: 'always' as const }, sizeLimit: null });
    for (const id of ['b', 'a', 'c']) await database.locations.save(config(id, id));
    await database.locations.save(config('b', 'renamed'));
    await database.locations.remove('a');
    expect((await database.locations.list()).map(({ id, name }) => `${id} ${name}`)).toEqual(['b renamed', 'c c']);
  });

  test('keeps ciphertexts byte for byte and says null for none', async () => {
    const database = await open();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    await database.secrets.set('s', bytes);
    expect(new Uint8Array((await database.secrets.get('s')) ?? [])).toEqual(bytes);
    await database.secrets.remove('s');
    expect(await database.secrets.get('s')).toBeNull();
  });

  test('what was answered is there after opening again', async () => {
    const first = await open();
    await Promise.all([first.settings.set({ theme: 'dark' }), first.settings.set({ concurrency: 7 })]);
    await first.close();
    await first.close();
    await expect(first.settings.get()).rejects.toMatchObject({ code: 'unexpected' });
    const second = await open();
    expect(await second.settings.get()).toEqual({ theme: 'dark', concurrency: 7 });
    expect(second.notices).toEqual([]);
  });

  test('close waits for what was asked before', async () => {
    const database = await open();
    const asked = Promise.all(Array.from({ length: 300 }, (_, index) => database.secrets.set(`s${index}`, new Uint8Array([index % 256]))));
    await database.close();
    await asked;
    expect(await (await open()).secrets.get('s299')).not.toBeNull();
  });

  test('two processes write to the same file at the same time', async () => {
    const [one, other] = [await open(), await open()];
    await Promise.all(Array.from({ length: 50 }, (_, index) => Promise.all([one.secrets.set(`one ${index}`, new Uint8Array(1)), other.secrets.set(`other ${index}`, new Uint8Array(1))])));
    expect(await one.secrets.get('other 49')).not.toBeNull();
    expect(await other.secrets.get('one 49')).not.toBeNull();
  });

  test('an error keeps its code on the way back', async () => {
    const database = await open();
    await database.journal.owners.register({ id: 'a', pid: 1, host: 'h', started: 0, heartbeat: 0 });
    await expect(database.journal.owners.register({ id: 'a', pid: 1, host: 'h', started: 0, heartbeat: 0 })).rejects.toMatchObject({ name: 'StorageError', code: 'already_exists' });
  });

  test('a folder that cannot be used is an error that names it', async () => {
    mkdirSync(join(folder, 'holdfast.db'));
    await expect(open()).rejects.toMatchObject({ name: 'StorageError', code: 'permission_denied' });
  });

  test('file states come back by path, and the newest replaces the older', async () => {
    const database = await open();
    const state = { locationId: 'l', path: 'ä/b', size: 3, modified: null, kind: 'proven', level: 2, algorithm: 'md5', checksum: `sha256:${'0'.repeat(64)}`, expected: null, found: null, at: '2026-11-24T00:00:00.000Z' } as const;
    await database.fileStates.record(state);
    await database.fileStates.record({ ...state, level: 3 });
    await database.fileStates.record({ ...state, locationId: 'other' });
    const found = await database.fileStates.forPaths('l', ['ä/b', 'missing']);
    expect([...found]).toEqual([['ä/b', { ...state, level: 3 }]]);
    await database.locations.remove('l');
    expect((await database.fileStates.forPaths('l', ['ä/b'])).size).toBe(0);
    expect((await database.fileStates.forPaths('other', ['ä/b'])).size).toBe(1);
  });
});

test('receipts are found by name, in pages, by file, and by newest of each destination', async () => {
  const database = await openDatabase({ folder });
  opened.push(database);
  await receiptFixture(database, ['a/100%_real.bin', 'a/other.bin', 'a/Ünïcode.bin', 'a/other.bin']);
  const search = async (text: string) => (await database.receipts.page({ offset: 0, limit: 10, search: text })).rows.map(({ destination }) => destination.endpoint.path);
  expect(await search('')).toEqual(['a/other.bin', 'a/Ünïcode.bin', 'a/other.bin', 'a/100%_real.bin']);
  expect(await search('%_')).toEqual(['a/100%_real.bin']);
  expect(await search('üNÏ')).toEqual(['a/Ünïcode.bin']);
  expect(await database.receipts.page({ offset: 1, limit: 2, search: '' })).toMatchObject({ total: 4, rows: [{ transferId: '3' }, { transferId: '2' }] });
  expect((await database.receipts.forFile('loc', 'a/other.bin')).map(({ transferId }) => transferId)).toEqual(['4', '2']);
  const latest: string[] = [];
  for await (const page of database.receipts.latest()) latest.push(...page.map(({ transferId }) => transferId));
  expect(latest).toEqual(['1', '3', '4']);
});
