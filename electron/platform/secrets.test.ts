import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Database, openDatabase } from '../database/open-database.ts';
import { KeychainSecrets } from './secrets.ts';

let keychain = true;

/** Turns bytes around instead of encrypting; the real keychain is tested end to end. */
const scramble = (bytes: Uint8Array) => Buffer.from(bytes.map((byte) => byte ^ 0x5a));

vi.mock('electron', () => ({
  safeStorage: {
    isEncryptionAvailable: () => keychain,
    getSelectedStorageBackend: () => 'gnome_libsecret',
    encryptString: (text: string) => scramble(Buffer.from(text)),
    decryptString: (bytes: Uint8Array) => scramble(bytes).toString('utf8'),
  },
}));

let folder: string;
let database: Database;

beforeEach(async () => {
  keychain = true;
  folder = await mkdtemp(join(tmpdir(), 'holdfast-secrets-'));
  database = await openDatabase({ folder });
});

afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

test('the secrets of a location are one bundle, which a later run reads and forgets', async () => {
  const reference = await new KeychainSecrets(database).store({ secret: 'the main one', passphrase: 'the other' });
  expect(reference).toMatchObject({ kind: 'keychain', keys: ['secret', 'passphrase'] });
  expect((await readFile(join(folder, 'holdfast.db-wal'))).includes('the main one')).toBe(false);
  const later = new KeychainSecrets(database);
  expect(later.present(reference)).toEqual(['secret', 'passphrase']);
  expect(await later.read(reference)).toEqual({ secret: 'the main one', passphrase: 'the other' });
  await later.forget(reference);
  expect(await later.read(reference)).toEqual({});
});

test.each(['a token', '{"secret":"looks like a bundle, is a token"}'])('%j that was kept alone, as earlier versions did, is the main secret', async (token) => {
  await database.secrets.set('old', scramble(Buffer.from(token)));
  const store = new KeychainSecrets(database);
  expect(store.present({ kind: 'keychain', id: 'old' })).toEqual(['secret']);
  expect(await store.read({ kind: 'keychain', id: 'old' })).toEqual({ secret: token });
});

test('without a keychain they live in this run only and nothing is written', async () => {
  keychain = false;
  const store = new KeychainSecrets(database);
  const reference = await store.store({ secret: 'of this run' });
  expect(reference).toMatchObject({ kind: 'session' });
  expect(await store.read(reference)).toEqual({ secret: 'of this run' });
  const later = new KeychainSecrets(database);
  expect(later.present(reference), 'and the window is told that it is not there any more').toEqual([]);
  expect(await later.read(reference)).toEqual({});
});

test('what cannot be decrypted is said without quoting it', async () => {
  await database.secrets.set('damaged', scramble(Buffer.from('{"secret":"half of a sec')));
  const failure = await new KeychainSecrets(database).read({ kind: 'keychain', id: 'damaged', keys: ['secret'] }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'authentication_failed', message: expect.stringContaining('enter them again') as string });
  expect(JSON.stringify(failure) + String((failure as Error).cause)).not.toContain('half of a sec');
});
