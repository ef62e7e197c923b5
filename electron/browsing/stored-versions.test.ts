import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Checksum } from '../../shared/storage/checksum.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import { DEFAULT_PROOF_POLICY } from '../../shared/storage/evidence.ts';
import type { FileVersion, UnfinishedUpload } from '../../shared/storage/file-instance.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { Locations } from '../locations/locations.ts';
import { localBackend } from '../storage/backends/local/definition.ts';
import type { BackendDefinition } from '../storage/backend-definition.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import { Registry } from '../storage/registry.ts';
import { StoredVersions } from './stored-versions.ts';
import { discardUnfinished, listUnfinished } from './unfinished-uploads.ts';

let folder: string;
let database: Database;
let locations: Locations;
let locationId: string;
let count: number;
let digest: Checksum | null;
let left: UnfinishedUpload[];
const job = { signal: new AbortController().signal, onProgress: () => undefined };

/** A folder whose file `report.txt` has older versions in `older/`, as a storage that keeps versions would answer for them. */
const versioned: BackendDefinition = {
  ...localBackend,
  name: 'versioned',
  connect: async (config, options) => withVersions(await localBackend.connect(config, options)),
};

function withVersions(inner: StorageLocation): StorageLocation {
  return new Proxy(inner, {
    get: (target, name) => {
      if (name === 'versions') return versions;
      if (name === 'unfinished') return () => Promise.resolve(left);
      if (name === 'discard') return (upload: UnfinishedUpload) => Promise.resolve(void (left = left.filter((one) => one !== upload)));
      if (name === 'file') {
        return (path: string, known?: { versionId?: string }) => {
          const file = target.file(known?.versionId === undefined ? path : `older/${known.versionId}`, known);
          return digest === null ? file : Object.assign(file, { checksum: () => Promise.resolve(digest) });
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

async function* versions(path: string): AsyncGenerator<readonly FileVersion[]> {
  if (path !== 'report.txt') throw new StorageError('not_found', `${path} is not there.`);
  yield [{ versionId: 'v2', modified: null, size: 5, latest: true, deleteMarker: false }, { versionId: 'gone', modified: null, size: null, latest: false, deleteMarker: true }];
  for (let number = 2; number < count; number++) yield await Promise.resolve([{ versionId: number === 2 ? 'v1' : `x${number}`, modified: '2026-01-02T03:04:05.000Z', size: 3, latest: false, deleteMarker: false }]);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-versions-'));
  await mkdir(join(folder, 'store', 'older'), { recursive: true });
  await writeFile(join(folder, 'store', 'report.txt'), 'newer');
  await writeFile(join(folder, 'store', 'older', 'v1'), 'old');
  count = 3;
  digest = null;
  left = [];
  database = await openDatabase({ folder: join(folder, 'data') });
  const secrets = { store: () => Promise.resolve({ kind: 'none' as const }), read: () => Promise.resolve({}), present: () => [], forget: () => Promise.resolve() };
  locations = await Locations.load({ registry: new Registry([versioned]), database, secrets });
  locationId = (await locations.add({ name: 'Store', backend: 'versioned', uri: join(folder, 'store'), options: {}, proof: DEFAULT_PROOF_POLICY, sizeLimit: null })).id;
});

afterEach(async () => {
  await locations.close();
  await database.close();
  await rm(folder, { recursive: true });
});

const place = () => ({ locationId, path: 'report.txt' });

test('versions are listed to a bound, and it is said when there are more', async () => {
  expect(await new StoredVersions(locations).list(place())).toMatchObject({ versions: [{ versionId: 'v2', latest: true }, { versionId: 'gone', deleteMarker: true }, { versionId: 'v1' }], more: false });
  count = 1500;
  const { versions: many, more } = await new StoredVersions(locations).list(place());
  expect([many.length, more]).toEqual([1000, true]);
});

test('an earlier version becomes a file of this computer, and what is known of it is told', async () => {
  const target = join(folder, 'saved.txt');
  const saved = await new StoredVersions(locations).save(place(), 'v1', target, { overwrite: false, job });
  expect(await readFile(target, 'utf8')).toBe('old');
  const sha256 = createHash('sha256').update('old').digest('hex');
  expect(saved).toMatchObject({ name: 'saved.txt', size: 3, checksum: `sha256:${sha256}`, evidence: [{ level: 0, note: expect.stringContaining('computes no digest') as string }] });
  await expect(new StoredVersions(locations).save(place(), 'v1', target, { overwrite: false, job })).rejects.toMatchObject({ code: 'already_exists' });
});

test('bytes that are not those that the storage computed are not published', async () => {
  digest = `sha256:${createHash('sha256').update('other').digest('hex')}`;
  const versionsOf = new StoredVersions(locations);
  const location = (await locations.connect(locationId)).location;
  Object.assign(location.capabilities, { serverDigest: ['sha256'] });
  await expect(versionsOf.save(place(), 'v1', join(folder, 'saved.txt'), { overwrite: true, job })).rejects.toMatchObject({ code: 'checksum_mismatch' });
  expect((await readdir(folder)).filter((name) => name.includes('saved'))).toEqual([]);
  digest = `sha256:${createHash('sha256').update('old').digest('hex')}`;
  expect((await versionsOf.save(place(), 'v1', join(folder, 'saved.txt'), { overwrite: true, job })).evidence).toMatchObject([{ level: 0 }, { level: 2, by: 'server' }]);
});

test('the note of a deletion and an unknown version have no bytes', async () => {
  for (const [id, code] of [['gone', 'unsupported'], ['v9', 'not_found']] as const) {
    await expect(new StoredVersions(locations).save(place(), id, join(folder, 'saved.txt'), { overwrite: true, job })).rejects.toMatchObject({ code });
  }
});

test('unfinished uploads are listed oldest first, and only those that are there are removed', async () => {
  const upload = (id: string, startedAt: string | null): UnfinishedUpload => ({ id, path: `${id}.bin`, size: 1, startedAt });
  left = [upload('b', '2026-02-01T00:00:00.000Z'), upload('a', '2026-01-01T00:00:00.000Z'), upload('c', null)];
  expect((await listUnfinished(locations, locationId)).map(({ id }) => id)).toEqual(['c', 'a', 'b']);
  await expect(discardUnfinished(locations, locationId, ['a', 'stranger'])).rejects.toMatchObject({ code: 'not_found' });
  expect(left).toHaveLength(3);
  expect(await discardUnfinished(locations, locationId, ['a'])).toBe(1);
  expect(left.map(({ id }) => id)).toEqual(['b', 'c']);
  expect(await discardUnfinished(locations, locationId, 'all')).toBe(2);
  expect(left).toEqual([]);
});
