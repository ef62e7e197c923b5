import { afterEach, expect, test } from 'vitest';
import { type BlobService, type BlobServiceOptions, startBlobService } from '../../../../e2e/servers/blob-service.ts';
import { evidenceLevel } from '../../../../shared/storage/evidence.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { contents, listed, pattern, rejectsWith, sourceOf, store } from '../../testing/subject.ts';
import { connectTo } from './azure-fixture.ts';

const MIB = 1024 * 1024;
const KEY = Buffer.alloc(64, 7).toString('base64');
const NEVER_READ = { minimum: 2, readBack: 'never' } as const;

let service: BlobService | null = null;
let location: StorageLocation | null = null;

afterEach(async () => {
  await location?.close();
  await service?.stop();
  location = null;
});

/** @param later in what it differs once Holdfast has found out what it can do */
async function open(options: BlobServiceOptions = {}, { later = options, ...more }: Partial<Parameters<typeof connectTo>[2]> & { readonly later?: BlobServiceOptions } = {}): Promise<StorageLocation> {
  service = await startBlobService(options);
  location = await connectTo(service.endpoint, 'box', { secret: KEY, ...more });
  service.change(later);
  return location;
}

const blobs = (): readonly string[] => [...(service?.blobs.keys() ?? [])];

test('the fixture itself is honest unless told otherwise', async () => {
  const honest = await open();
  const { evidence } = await honest.file('a.bin').save(sourceOf(pattern(1000)), { size: 1000 });
  expect(evidenceLevel(evidence)).toBe(2);
  await store(honest, 'large.bin', pattern(9 * MIB));
  expect((await contents(honest, 'large.bin')).equals(pattern(9 * MIB))).toBe(true);
  expect(blobs()).toEqual(['a.bin', 'large.bin']);
});

test('a small file takes one request', async () => {
  const honest = await open();
  const before = service?.requests.length ?? 0;
  await store(honest, 'a.bin', pattern(1000));
  expect(service?.requests.slice(before)).toEqual(['PUT a.bin']);
});

test('an MD5 that is merely echoed is no evidence', async () => {
  const echoing = await open({ answersMd5: 'as sent', checks: false }, { proof: NEVER_READ });
  const { evidence } = await echoing.file('a.bin').save(sourceOf(pattern(1000)), { size: 1000 });
  expect(evidenceLevel(evidence)).toBe(0);
  expect(echoing.capabilities.resume).toBe(false);
});

test('an MD5 that is compared on arrival and then echoed is known on arrival only', async () => {
  const echoing = await open({ answersMd5: 'as sent' }, { proof: NEVER_READ });
  const { evidence } = await echoing.file('a.bin').save(sourceOf(pattern(1000)), { size: 1000 });
  expect(evidenceLevel(evidence)).toBe(1);
});

test('an echo is seen through when the service spoils what it checked before', async () => {
  const spoiling = await open({ answersMd5: 'as sent', checks: false, stores: flipped });
  await rejectsWith(() => store(spoiling, 'a.bin', pattern(1000)), 'checksum_mismatch');
  expect(blobs()).toEqual([]);
});

test('blocks that nothing compares are known by their size only', async () => {
  const lax = await open({ checks: false }, { proof: NEVER_READ });
  const { evidence } = await lax.file('a.bin').save(sourceOf(pattern(9 * MIB)), { size: 9 * MIB });
  expect(evidence.map(({ level }) => level)).toEqual([0]);
});

test.each([
  ['other bytes', { stores: flipped }, 'checksum_mismatch'],
  ['too few', { stores: (bytes: Buffer) => bytes.subarray(0, -1) }, 'size_mismatch'],
  ['the right bytes with a wrong size', { reports: (size: number) => size - 1 }, 'size_mismatch'],
] as const)('a service that stores %s of a large file is found out, and the copy is removed', async (_what, later, code) => {
  const lying = await open({}, { later });
  await rejectsWith(() => store(lying, 'a.bin', pattern(9 * MIB)), code);
  expect(blobs()).toEqual([]);
});

test('a service that answers early with nothing stored is found out', async () => {
  const early = await open({}, { later: { early: true } });
  await rejectsWith(() => store(early, 'a.bin', pattern(1000)), 'not_found', 'unavailable');
  await rejectsWith(() => store(early, 'b.bin', pattern(9 * MIB)), 'not_found', 'unavailable');
});

test('bytes that change on the way every time are told as what they are', async () => {
  const lossy = await open({}, { later: { spoils: (bytes) => (bytes.length > MIB ? flipped(bytes) : bytes) } });
  expect((await rejectsWith(() => store(lossy, 'a.bin', pattern(9 * MIB)), 'checksum_mismatch')).message).toContain('is not what was sent');
  expect(blobs()).toEqual([]);
});

test('names that lead outside, are none or come twice are not listed', async () => {
  const evil = ['../escape', '/etc/passwd', '..', '.', 'a//b', 'nul\0byte', 'x'.repeat(10_000), '\u001b[31mred.txt', 'twice', 'twice', 'good.bin'];
  const lying = await open({}, { later: { lists: evil.map((name) => name) } });
  const found = await listed(lying, '');
  expect(found.every(({ path, name }) => path === name && !name.includes('/') && name.length < 256 && name !== '..' && name !== '.')).toBe(true);
  expect(found.map(({ name }) => name)).toContain('good.bin');
  expect(found.filter(({ name }) => name === 'twice')).toHaveLength(1);
  await rejectsWith(async () => lying.file('../escape').open(), 'invalid_location');
});

test('a clock that is off is named as the reason', async () => {
  const refuses = { status: 403, code: 'AuthenticationFailed', headers: { date: new Date(Date.now() - 3_600_000).toUTCString() } };
  service = await startBlobService({ refuses });
  const error = await rejectsWith(() => connectTo(service?.endpoint ?? '', 'box', { secret: KEY }), 'authentication_failed');
  expect(error.message).toContain('the clock of this computer is 60 minutes ahead of that of the service');
  expect(error.context).toMatchObject({ reason: 'clock' });
});

test.each([
  [503, 'ServerBusy', { 'retry-after': '7' }, 'rate_limited', /Could not list/],
  [500, 'OperationTimedOut', {}, 'unavailable', /500 OperationTimedOut/],
  [409, 'ContainerBeingDeleted', {}, 'unavailable', /being|Refused/],
  [403, 'AccountIsDisabled', {}, 'permission_denied', /AccountIsDisabled/],
] as const)('%i %s is %s', async (status, code, headers, expected, words) => {
  service = await startBlobService({ refuses: { status, code, headers } });
  const error = await rejectsWith(() => connectTo(service?.endpoint ?? '', 'box', { secret: KEY }), expected);
  expect(error.message).toMatch(words);
  expect(error.context).toMatchObject({ status, azureCode: code, ...(status === 503 && { retryAfterSeconds: 7 }) });
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
  return copy;
}
