import { createHash } from 'node:crypto';
import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Checksum } from '../../shared/storage/checksum.ts';
import { DEFAULT_PROOF_POLICY } from '../../shared/storage/evidence.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { Locations } from '../locations/locations.ts';
import { localBackend } from '../storage/backends/local/definition.ts';
import { Registry } from '../storage/registry.ts';
import { Checks } from './checks.ts';
import type { Job } from './jobs.ts';

const job: Job = { signal: new AbortController().signal, onProgress: () => undefined };
const digest = (text: string): Checksum => `sha256:${createHash('sha256').update(text).digest('hex')}`;

let folder: string;
let database: Database;
let locations: Locations;
let checks: Checks;
let place: { readonly locationId: string; readonly path: string };
let stored: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-checks-'));
  database = await openDatabase({ folder: join(folder, 'data') });
  const secrets = { store: () => Promise.resolve({ kind: 'none' as const }), read: () => Promise.resolve({}), present: () => [], forget: () => Promise.resolve() };
  locations = await Locations.load({ registry: new Registry([localBackend]), database, secrets });
  await writeFile(join(folder, 'here.txt'), 'right');
  const root = await mkdtemp(join(folder, 'store-'));
  const { id } = await locations.add({ name: 'Store', backend: 'local', uri: root, options: {}, proof: DEFAULT_PROOF_POLICY, sizeLimit: null });
  place = { locationId: id, path: 'a.txt' };
  stored = join(root, 'a.txt');
  await writeFile(stored, 'right');
  checks = new Checks(locations, database);
});

afterEach(async () => {
  await locations.close();
  await database.close();
  await rm(folder, { recursive: true });
});

const known = async () => (await database.fileStates.forPaths(place.locationId, ['a.txt'])).get('a.txt');

/** Other bytes of the same size under the same time, as a failing disk leaves them. */
async function rot(): Promise<void> {
  const { atime, mtime } = await stat(stored);
  await writeFile(stored, 'wrong');
  await utimes(stored, atime, mtime);
}

async function prove(): Promise<void> {
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  await utimes(stored, now, now);
  expect((await checks.compareLocal(place, join(folder, 'here.txt'), true, job)).verdict).toBe('match');
}

test('a digest alone proves nothing of an unknown file', async () => {
  expect(await checks.checksum(place, 'sha256', true, job)).toMatchObject({ checksum: digest('right'), evidence: { level: 3, by: 'holdfast' } });
  expect(await known()).toBeUndefined();
});

test('a storage that computes no digest is not read back unless that was asked for', async () => {
  await expect(checks.checksum(place, 'sha256', false, job)).rejects.toMatchObject({ code: 'unsupported' });
  expect(await checks.compareLocal(place, join(folder, 'here.txt'), false, job)).toMatchObject({ verdict: 'cannot tell', remote: { checksum: null } });
});

test('a storage that knows digests of the parts tells by them, and nothing is read back', async () => {
  const { location } = await locations.connect(place.locationId);
  const file = location.file.bind(location);
  const answers = { verdict: 'mismatch', why: 'The ETag is of other parts.' } as const;
  location.file = (path, facts) =>
    Object.assign(file(path, facts), {
      open: () => Promise.reject(new Error('read back')),
      compareWith: async (local: { readonly size: number; open(): Promise<AsyncIterable<Buffer>> }) => {
        const chunks: Buffer[] = [];
        for await (const chunk of await local.open()) chunks.push(chunk);
        return Buffer.concat(chunks).toString() === 'right' && local.size === 5 ? { verdict: 'match', why: 'The ETag is of these 2 parts.' } : answers;
      },
    });
  expect(await checks.compareLocal(place, join(folder, 'here.txt'), true, job)).toMatchObject({ verdict: 'match', reason: 'The ETag is of these 2 parts.' });
  await writeFile(join(folder, 'here.txt'), 'wrong');
  expect(await checks.compareLocal(place, join(folder, 'here.txt'), true, job)).toMatchObject({ verdict: 'mismatch', reason: answers.why });
});

test('a file equal to a local one is proven, and the same answer later is an audit', async () => {
  await prove();
  expect(await known()).toMatchObject({ kind: 'proven', level: 3, checksum: digest('right') });
  expect((await checks.checksum(place, 'sha256', true, job)).evidence.level).toBe(4);
  expect(await known()).toMatchObject({ kind: 'proven', level: 4 });
});

test('rot is found by computing the checksum, and recorded with both digests', async () => {
  await prove();
  await rot();
  await expect(checks.checksum(place, 'sha256', true, job)).rejects.toMatchObject({ code: 'checksum_mismatch', context: { expected: digest('right'), found: digest('wrong') } });
  expect(await known()).toMatchObject({ kind: 'mismatch', expected: digest('right'), found: digest('wrong') });
});

test('rot is found by comparing with a local file, and recorded', async () => {
  await prove();
  await rot();
  const answer = await checks.compareLocal(place, join(folder, 'here.txt'), true, job);
  expect(answer.verdict).toBe('mismatch');
  expect(answer.reason).toContain(digest('right'));
  expect(await known()).toMatchObject({ kind: 'mismatch', found: digest('wrong') });
});

test('a local file that equals the rotten bytes does not make them proven', async () => {
  await prove();
  await rot();
  await writeFile(join(folder, 'here.txt'), 'wrong');
  expect(await checks.compareLocal(place, join(folder, 'here.txt'), true, job)).toMatchObject({ verdict: 'match' });
  expect(await known()).toMatchObject({ kind: 'mismatch', expected: digest('right') });
});

test('bytes that are right again after a mismatch are an audit', async () => {
  await prove();
  const { atime, mtime } = await stat(stored);
  await rot();
  await expect(checks.checksum(place, 'sha256', true, job)).rejects.toThrow();
  await writeFile(stored, 'right');
  await utimes(stored, atime, mtime);
  expect((await checks.checksum(place, 'sha256', true, job)).evidence.level).toBe(4);
  expect(await known()).toMatchObject({ kind: 'proven', level: 4 });
});

test('a file that was changed openly is no mismatch', async () => {
  await prove();
  await writeFile(stored, 'edited');
  expect((await checks.checksum(place, 'sha256', true, job)).checksum).toBe(digest('edited'));
  expect((await known())?.kind).toBe('proven');
});

test('other sizes differ without reading, a folder cannot be compared with', async () => {
  await writeFile(join(folder, 'here.txt'), 'longer than that');
  expect(await checks.compareLocal(place, join(folder, 'here.txt'), false, job)).toMatchObject({ verdict: 'mismatch', remote: { checksum: null } });
  await expect(checks.compareLocal(place, folder, true, job)).rejects.toMatchObject({ code: 'invalid_location' });
});
