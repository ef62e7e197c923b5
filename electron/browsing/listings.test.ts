import { mkdtemp, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatChecksum } from '../../shared/storage/checksum.ts';
import { DEFAULT_PROOF_POLICY } from '../../shared/storage/evidence.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { Locations } from '../locations/locations.ts';
import { localBackend } from '../storage/backends/local/definition.ts';
import { Registry } from '../storage/registry.ts';
import { Listings } from './listings.ts';

let folder: string;
let database: Database;
let locations: Locations;
let listings: Listings;
let locationId: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-listings-'));
  await mkdir(join(folder, 'store', 'many'), { recursive: true });
  database = await openDatabase({ folder: join(folder, 'data') });
  const secrets = { store: () => Promise.resolve({ kind: 'none' as const }), read: () => Promise.resolve({}), present: () => [], forget: () => Promise.resolve() };
  locations = await Locations.load({ registry: new Registry([localBackend]), database, secrets });
  locationId = (await locations.add({ name: 'Store', backend: 'local', uri: join(folder, 'store'), options: {}, proof: DEFAULT_PROOF_POLICY, sizeLimit: null })).id;
  listings = new Listings(locations, database);
});

afterEach(async () => {
  listings.close();
  await locations.close();
  await database.close();
  await rm(folder, { recursive: true });
});

test('a folder of 2,500 files comes whole, once each, in pages of at most 1,000', async () => {
  const names = Array.from({ length: 2500 }, (_, index) => `f${index}`);
  for (const name of names) await writeFile(join(folder, 'store', 'many', name), '');
  const seen: string[] = [];
  const sizes: number[] = [];
  let page = await listings.first(locationId, 'many');
  for (;;) {
    seen.push(...page.rows.map((row) => row.name));
    sizes.push(page.rows.length);
    if (page.cursor === null) break;
    page = await listings.next(page.cursor);
  }
  expect(seen.sort()).toEqual(names.sort());
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1000);
});

test('an empty folder is one empty page', async () => {
  expect(await listings.first(locationId, 'many')).toEqual({ rows: [], cursor: null });
});

test('a missing folder, a foreign cursor and a closed listing are told apart from an end', async () => {
  await expect(listings.first(locationId, 'none')).rejects.toMatchObject({ code: 'not_found' });
  await expect(listings.next('made up')).rejects.toMatchObject({ code: 'invalid_config' });
});

test('what is known of a file goes with it, and not to another one that gets its name, size and time', async () => {
  const at = new Date('2026-01-01T00:00:00.000Z');
  for (const name of ['a', 'b']) {
    await writeFile(join(folder, 'store', 'many', name), name);
    await utimes(join(folder, 'store', 'many', name), at, at);
    const checksum = formatChecksum('sha256', name.repeat(64));
    await database.fileStates.record({ locationId, path: `many/${name}`, size: 1, modified: at.toISOString(), kind: 'proven', level: 3, algorithm: 'sha256', checksum, expected: null, found: null, at: at.toISOString() });
  }
  const checksumOf = async (path: string) => {
    const { integrity } = await listings.stat(locationId, path);
    return integrity.kind === 'proven' ? integrity.checksum : integrity.kind;
  };
  await listings.move(locationId, 'many/a', 'many/c');
  await listings.move(locationId, 'many/b', 'many/a');
  expect(await checksumOf('many/a')).toBe(`sha256:${'b'.repeat(64)}`);
  await listings.move(locationId, 'many', '\u{1F600}');
  expect(await checksumOf('\u{1F600}/c')).toBe(`sha256:${'a'.repeat(64)}`);
  await listings.remove(locationId, ['\u{1F600}'], true);
  await mkdir(join(folder, 'store', '\u{1F600}'));
  await writeFile(join(folder, 'store', '\u{1F600}', 'c'), 'x');
  await utimes(join(folder, 'store', '\u{1F600}', 'c'), at, at);
  expect(await checksumOf('\u{1F600}/c')).toBe('unknown');
});
