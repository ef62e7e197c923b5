import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { secretVariables } from '../../shared/storage/config-fields.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import { DEFAULT_PROOF_POLICY } from '../../shared/storage/evidence.ts';
import type { LocationConfig, SecretReference } from '../../shared/storage/location.ts';
import type { TrustOffer } from '../../shared/storage/trust-offer.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import type { BackendDefinition, ConnectConfig } from '../storage/backend-definition.ts';
import { localBackend } from '../storage/backends/local/definition.ts';
import { Registry } from '../storage/registry.ts';
import type { LocationDraft } from './location-draft.ts';
import { LOCAL_LIBRARY_NAME, addLocalLibrary } from './local-library.ts';
import { Locations } from './locations.ts';
import type { Secrets, SecretStore } from './secret-store.ts';

let folder: string;
let database: Database;
let locations: Locations;
let kept: Map<string, Secrets>;
let connected: ConnectConfig[];
/** what the server shows; null when everybody trusts it */
let shown: TrustOffer | null;

/** Keeps in memory what the desktop's keychain would keep. */
function memorySecrets(): SecretStore {
  const idOf = (reference: SecretReference) => ('id' in reference ? reference.id : '');
  return {
    store: (secrets) => {
      const id = randomUUID();
      kept.set(id, secrets);
      return Promise.resolve({ kind: 'keychain', id, keys: Object.keys(secrets) });
    },
    read: (reference) => Promise.resolve(reference.kind === 'environment' ? environmentSecrets(reference) : (kept.get(idOf(reference)) ?? {})),
    present: (reference) => Object.keys(reference.kind === 'environment' ? environmentSecrets(reference) : (kept.get(idOf(reference)) ?? {})),
    forget: (reference) => {
      kept.delete(idOf(reference));
      return Promise.resolve();
    },
  };
}

function environmentSecrets(reference: SecretReference): Secrets {
  return Object.fromEntries(Object.entries(secretVariables(reference)).flatMap(([key, variable]) => (process.env[variable] === undefined ? [] : [[key, process.env[variable]]])));
}

/** The local backend under another name, with a secret, so that what it is given can be seen. */
const spied: BackendDefinition = {
  ...localBackend,
  name: 'spied',
  secretLabel: 'Token',
  fields: [
    ...localBackend.fields,
    { key: 'passphrase', label: 'Passphrase', kind: 'secret', required: false, help: '' },
    { key: 'sessionToken', label: 'Session token', kind: 'secret', required: true, help: '', showIf: { key: 'endpoint', is: ['temporary'] } },
    { key: 'endpoint', label: 'Endpoint', kind: 'text', required: false, help: '' },
    { key: 'user', label: 'User', kind: 'text', required: false, help: '', namesServer: false },
    { key: 'hostKey', label: 'Host key', kind: 'text', required: false, help: '', namesServer: false },
  ],
  connect: ({ options, ...config }, more) => {
    if (shown !== null && shown.trustValue !== options['hostKey']) return Promise.reject(new StorageError('untrusted_server', 'Not known.', { context: { ...shown } }));
    connected.push({ options, ...config });
    return localBackend.connect({ ...config, options: {} }, more);
  },
};

const load = () => Locations.load({ registry: new Registry([localBackend, spied]), database, secrets: memorySecrets() });
const draft = (change: Partial<LocationDraft> = {}): LocationDraft => ({ name: 'Store', backend: 'spied', uri: folder, options: {}, proof: DEFAULT_PROOF_POLICY, sizeLimit: null, ...change });

function saved(from: Locations): LocationConfig {
  const [config] = from.configs();
  if (config === undefined) throw new Error('no location is saved');
  return config;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-locations-'));
  database = await openDatabase({ folder: join(folder, 'data') });
  kept = new Map();
  connected = [];
  shown = null;
  locations = await load();
});

afterEach(async () => {
  await locations.close();
  await database.close();
  await rm(folder, { recursive: true });
});

test('the Local library is made and ready to use', async () => {
  await addLocalLibrary(locations, join(folder, 'new', 'library'));
  const [library] = await locations.list();
  expect(library).toMatchObject({ name: LOCAL_LIBRARY_NAME, backend: 'local', state: { kind: 'ready' } });
  expect(library?.capabilities?.list).toBe(true);
});

test.each([
  ['a folder that is not there', { uri: '/nowhere/at/all' }, /.*/],
  ['an unknown backend', { backend: 'zfs' }, /Unknown backend "zfs".*local, spied/],
  ['a name that cannot be one', { name: 'a:b' }, /"a:b" cannot name a location/],
])('%s is refused and nothing is saved, no secret either', async (_what, change, message) => {
  await expect(locations.add(draft({ secret: 'token', ...change }))).rejects.toThrow(message);
  expect(await locations.list()).toEqual([]);
  expect(await database.locations.list()).toEqual([]);
  expect(kept.size).toBe(0);
});

test('two locations cannot have one name, whatever the case', async () => {
  await locations.add(draft());
  await expect(locations.add(draft({ name: 'sTORE' }))).rejects.toMatchObject({ code: 'already_exists' });
});

test('the secret reaches the backend, and neither the view nor the database file', async () => {
  const added = await locations.add(draft({ secret: 'very-secret-token' }));
  expect(connected.at(-1)?.secret).toBe('very-secret-token');
  expect(added.secretsSet).toEqual(['secret']);
  expect(JSON.stringify(await locations.list())).not.toContain('very-secret-token');
  for (const file of ['holdfast.db', 'holdfast.db-wal']) {
    expect((await readFile(join(folder, 'data', file))).includes('very-secret-token')).toBe(false);
  }
});

test('an edit keeps the secret when it says nothing of it, and forgets it when it is emptied', async () => {
  const { id } = await locations.add(draft({ secret: 'one' }));
  await locations.update(id, draft({ name: 'Renamed' }));
  expect(connected.at(-1)?.secret).toBe('one');
  expect((await locations.update(id, draft({ name: 'Renamed', secret: '' }))).secretsSet).toEqual([]);
  expect(kept.size).toBe(0);
});

test('a saved secret is not sent to another server', async () => {
  const { id } = await locations.add(draft({ secret: 'one' }));
  const before = connected.length;
  await expect(locations.test(draft({ uri: 'https://elsewhere.example.org/' }), id)).rejects.toThrow(/saved secret belongs to/);
  await expect(locations.update(id, draft({ uri: 'https://elsewhere.example.org/' }))).rejects.toThrow(/saved secret belongs to/);
  await expect(locations.test(draft({ backend: 'local' }), id)).rejects.toThrow(/saved secret belongs to/);
  expect(connected.length).toBe(before);
});

test('further secrets lie with the main one and reach the backend beside it', async () => {
  const added = await locations.add(draft({ secret: 'main-one', secrets: { passphrase: 'further-one' } }));
  expect(connected.at(-1)).toMatchObject({ secret: 'main-one', secrets: { passphrase: 'further-one' } });
  expect(added.secretsSet).toEqual(['passphrase', 'secret']);
  expect(JSON.stringify(await locations.list())).not.toContain('-one');
  expect([...kept.values()], 'one bundle').toEqual([{ secret: 'main-one', passphrase: 'further-one' }]);
  for (const file of ['holdfast.db', 'holdfast.db-wal']) expect((await readFile(join(folder, 'data', file))).includes('further-one')).toBe(false);
});

test('each secret is kept, replaced and forgotten by itself', async () => {
  const { id } = await locations.add(draft({ secret: 'one', secrets: { passphrase: 'two' } }));
  await locations.update(id, draft({ secrets: { passphrase: 'three' } }));
  expect(connected.at(-1)).toMatchObject({ secret: 'one', secrets: { passphrase: 'three' } });
  const view = await locations.update(id, draft({ secret: '' }));
  expect(connected.at(-1)).toMatchObject({ secret: null, secrets: { passphrase: 'three' } });
  expect(view.secretsSet).toEqual(['passphrase']);
  expect([...kept.values()], 'older bundles are forgotten').toEqual([{ passphrase: 'three' }]);
});

test('a secret that the backend does not have, or that it needs and lacks, is named', async () => {
  await expect(locations.add(draft({ secrets: { pin: '1' } }))).rejects.toThrow(/no secret "pin".*passphrase, sessionToken/);
  await expect(locations.add(draft({ backend: 'local', secret: 'x' }))).rejects.toThrow(/local takes no main secret/);
  await expect(locations.add(draft({ options: { endpoint: 'temporary' } }))).rejects.toMatchObject({ code: 'invalid_config', context: { field: 'sessionToken' } });
  await expect(locations.add(draft({ options: { passphrase: 'x' } }))).rejects.toThrow(/is a secret/);
  expect(connected).toEqual([]);
});

test('a secret that was kept before there were several is still the main one', async () => {
  const { id } = await locations.add(draft());
  kept.set('old', { secret: 'from before' });
  await locations.close();
  await database.locations.save({ ...saved(locations), secret: { kind: 'keychain', id: 'old' } });
  locations = await load();
  await locations.connect(id);
  expect(connected.at(-1)?.secret).toBe('from before');
  await locations.update(id, draft({ secrets: { passphrase: 'new' } }));
  expect([...kept.values()]).toEqual([{ secret: 'from before', passphrase: 'new' }]);
});

test.each<[string, Partial<LocationDraft>]>([
  ['another address', { uri: 'https://elsewhere.example.org/' }],
  ['an option that names a server', { options: { endpoint: 'https://elsewhere.example.org/' } }],
])('with %s no saved secret is lent, neither to a test nor to an edit', async (_what, change) => {
  const { id } = await locations.add(draft({ secret: 'one', secrets: { passphrase: 'two' } }));
  const before = connected.length;
  for (const given of [{}, { secret: 'new' }, { secrets: { passphrase: 'new' } }]) {
    await expect(locations.test(draft({ ...change, ...given }), id)).rejects.toMatchObject({ code: 'invalid_config', message: expect.stringMatching(/saved secret belongs to/) as string, context: { field: 'secret' } });
    await expect(locations.update(id, draft({ ...change, ...given }))).rejects.toThrow(/saved secret belongs to/);
  }
  expect(connected.length).toBe(before);
});

test('other options may change, and a new place may be given secrets of its own', async () => {
  const { id } = await locations.add(draft({ secret: 'one', secrets: { passphrase: 'two' } }));
  await locations.update(id, draft({ options: { user: 'somebody else' } }));
  expect(connected.at(-1)).toMatchObject({ secret: 'one', secrets: { passphrase: 'two' } });
  await locations.update(id, draft({ options: { endpoint: 'other' }, secret: 'new', secrets: { passphrase: '' } }));
  expect(connected.at(-1)).toMatchObject({ secret: 'new', secrets: {} });
});

test('secrets named by environment variables are read in each run and never stored', async () => {
  process.env['HOLDFAST_UNIT_MAIN'] = 'from the environment';
  process.env['HOLDFAST_UNIT_MORE'] = 'this one too';
  const { id } = await locations.add(draft({ secret: 'from the environment' }), { secret: 'HOLDFAST_UNIT_MAIN' });
  await locations.update(id, draft({ secrets: { passphrase: 'this one too' } }), { passphrase: 'HOLDFAST_UNIT_MORE' });
  expect(kept.size).toBe(0);
  const other = await load();
  await other.connect(id);
  expect(connected.at(-1)).toMatchObject({ secret: 'from the environment', secrets: { passphrase: 'this one too' } });
  await other.close();
  delete process.env['HOLDFAST_UNIT_MORE'];
  expect((await locations.list())[0]?.secretsSet).toEqual(['secret']);
  delete process.env['HOLDFAST_UNIT_MAIN'];
});

test('a server that was not known is trusted by its fingerprint, with the saved secret; another one is not put in its place', async () => {
  const { id } = await locations.add(draft({ secret: 'one' }));
  shown = { trust: 'unknown', trustOption: 'hostKey', trustValue: 'SHA256:abc', trustDetails: 'Fingerprint: SHA256:abc' };
  await expect(locations.trust(id, 'SHA256:ABC')).rejects.toMatchObject({ code: 'untrusted_server', message: expect.stringContaining('SHA256:abc, not SHA256:ABC') as string });
  const view = await locations.trust(id, 'SHA256:abc');
  expect(view.options).toMatchObject({ hostKey: 'SHA256:abc' });
  expect(connected.at(-1)).toMatchObject({ secret: 'one', options: { hostKey: 'SHA256:abc' } });

  shown = { trust: 'changed', trustOption: 'hostKey', trustValue: 'SHA256:other', trustDetails: 'Fingerprint: SHA256:other' };
  await expect(locations.trust(id, 'SHA256:other')).rejects.toMatchObject({ code: 'untrusted_server', context: { trust: 'changed' } });
  expect((await locations.list())[0]?.options, 'an edit by hand is the only way').toMatchObject({ hostKey: 'SHA256:abc' });
  expect((await locations.update(id, draft({ options: { hostKey: 'SHA256:other' } }))).options).toMatchObject({ hostKey: 'SHA256:other' });
});

test('the fingerprint alone stands for an offer that says more, and a server that is trusted already needs none', async () => {
  const { id } = await locations.add(draft());
  shown = { trust: 'unknown', trustOption: 'hostKey', trustValue: 'SHA256:first, gate:22 SHA256:abc', trustDetails: 'Jump host: gate:22\nFingerprint: SHA256:abc' };
  expect((await locations.trust(id, 'SHA256:abc')).options).toMatchObject({ hostKey: 'SHA256:first, gate:22 SHA256:abc' });
  shown = null;
  expect((await locations.trust(id, 'SHA256:anything')).options).toMatchObject({ hostKey: 'SHA256:first, gate:22 SHA256:abc' });
});

test('a bad edit leaves the old configuration in place', async () => {
  const { id } = await locations.add(draft());
  await expect(locations.update(id, draft({ uri: '/nowhere/at/all' }))).rejects.toThrow();
  expect(await locations.list()).toMatchObject([{ id, uri: folder }]);
  expect((await locations.connect(id)).location.capabilities.list).toBe(true);
});

test('a failure to connect is the state of the location, and the next try can succeed', async () => {
  const { id } = await locations.add(draft());
  await locations.close();
  await rm(join(folder, 'gone'), { recursive: true, force: true });
  const other = await load();
  await database.locations.save({ ...saved(other), uri: join(folder, 'gone') });
  await other.reload();
  expect((await other.reconnect(id)).state.kind).toBe('failed');
  await database.locations.save({ ...saved(other), uri: folder });
  await other.reload();
  expect((await other.reconnect(id)).state.kind).toBe('ready');
  await other.close();
});

test('what another process added is there after a reload', async () => {
  const other = await load();
  const { id } = await locations.add(draft());
  await other.reload();
  expect(other.configs().map((config) => config.id)).toEqual([id]);
  await locations.remove(id);
  await other.reload();
  expect(other.configs()).toEqual([]);
  await other.close();
});

test('a name that is not there lists those that are', async () => {
  await locations.add(draft());
  expect(locations.named(' store ').name).toBe('Store');
  expect(() => locations.named('Stoer')).toThrow(/"Stoer".*Known: Store/);
});

test('a change that cannot be saved leaves the old secret, and no other', async () => {
  const { id } = await locations.add(draft({ secret: 'old' }));
  const full = new Proxy(database.locations, { get: (table, name) => (name === 'save' ? () => Promise.reject(new StorageError('out_of_space', 'full')) : (Reflect.get(table, name) as unknown)) });
  const hindered = await Locations.load({ registry: new Registry([localBackend, spied]), database: { ...database, locations: full }, secrets: memorySecrets() });
  await expect(hindered.update(id, draft({ secret: 'new' }))).rejects.toMatchObject({ code: 'out_of_space' });
  expect([...kept.values()]).toEqual([{ secret: 'old' }]);
});
