import { afterEach, describe, expect, test } from 'vitest';
import { type TusService, type TusServiceOptions, startTusService } from '../../../../e2e/servers/tus-service.ts';
import { evidenceLevel } from '../../../../shared/storage/evidence.ts';
import { SUSPENDED } from '../../operation-options.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { listed, pattern, readAll, rejectsWith, sourceOf, store } from '../../testing/subject.ts';
import { connectTo } from './tus-fixture.ts';

const MIB = 1024 * 1024;
const NEVER_READ = { minimum: 2, readBack: 'never' } as const;
const WITHOUT_CHECKSUM = ['creation', 'creation-with-upload', 'creation-defer-length', 'termination'];

let service: TusService | null = null;
let location: StorageLocation | null = null;

afterEach(async () => {
  await location?.close();
  await service?.stop();
  location = null;
  service = null;
});

/** @param later how it is once Holdfast has found out what it can do */
async function open(options: TusServiceOptions = {}, { later = options, ...more }: Partial<Parameters<typeof connectTo>[1]> & { readonly later?: TusServiceOptions } = {}): Promise<StorageLocation> {
  service = await startTusService(options);
  location = await connectTo(service.endpoint, { secret: null, ...more });
  service.change(later);
  return location;
}

const uploads = () => (service?.uploads ?? []).map(({ name, bytes, length }) => ({ name, size: bytes.length, length }));

function cases(options: TusServiceOptions) {
  let running: TusService | null = null;
  return {
    open: async ({ sizeLimit = null, proof = undefined }: Parameters<Parameters<typeof describeBackend>[1]['open']>[0] = {}) => {
      await running?.stop();
      running = await startTusService(options);
      return connectTo(running.endpoint, { secret: null, sizeLimit, ...(proof !== undefined && { proof }) });
    },
    residue: async () => [...new Set((running?.uploads ?? []).map(({ name, bytes, length }) => (bytes.length === length ? name : `${name} (unfinished)`)))],
    peek: async (path: string) => running?.uploads.findLast(({ name, bytes, length }) => name === path && bytes.length === length)?.bytes ?? expect.fail(`no finished upload is called ${path}`),
    close: async () => running?.stop(),
  };
}

describeBackend('tus with checksums', cases({}));
describeBackend('tus that gives nothing again', cases({ gives: false, extensions: ['creation', 'termination', 'checksum'], algorithms: ['sha1'] }));

describe('what is found out', () => {
  test('is told in words, and nothing is left', async () => {
    const found = await open({ maxSize: 5 * MIB, expiresAfter: 3 * 3_600_000 });
    expect(found.capabilities).toMatchObject({ read: false, list: false, delete: true, rangeRead: false, resume: true, noOverwrite: false, maximumSize: 5 * MIB, serverDigest: [] });
    expect((await found.probe()).lines.map(({ text }) => text)).toEqual([
      `The tus server at ${service?.endpoint} answers.`,
      'A tus server only takes uploads and names them itself: it cannot be browsed, and nothing in it can be looked up, opened, renamed or deleted by its path.',
      'An upload was begun, and removed again before it was finished.',
      'The server compares each part with our sha256 on arrival: a wrong one was refused.',
      'Whether the server gives a file back to the upload that stored it is seen with the first file.',
      'Uploads that were given up can be removed.',
      'A file can be sent before its size is known.',
      'Unfinished uploads are kept for about 3 hours; a later one begins anew.',
      `The largest file that it takes has ${(5 * MIB).toLocaleString('en-US')} bytes.`,
    ]);
    expect(uploads()).toEqual([]);
    await rejectsWith(() => store(found, 'a.bin', pattern(5 * MIB + 1)), 'size_limit_exceeded');
    await rejectsWith(async () => listed(found, ''), 'unsupported');
  });

  test('is not tried where nothing could be removed again', async () => {
    const found = await open({ extensions: ['creation', 'checksum'] }, { proof: NEVER_READ });
    expect(uploads()).toEqual([]);
    expect(found.capabilities.delete).toBe(false);
    expect((await found.probe()).lines.map(({ text }) => text)).toContain('No upload was tried, because the server cannot remove uploads again (no extension "termination").');
    const { evidence } = await found.file('a.bin').save(sourceOf(pattern(100)), { size: 100 });
    expect(evidenceLevel(evidence)).toBe(0);
  });

  test.each([
    [{ version: null }, 'invalid_config'],
    [{ version: '0.2.2' }, 'invalid_config'],
    [{ extensions: ['termination'] }, 'unsupported'],
    [{ refuses: 401 }, 'authentication_failed'],
    [{ refuses: 403 }, 'permission_denied'],
    [{ refuses: 503 }, 'unavailable'],
    [{ location: 'http://192.0.2.1/elsewhere' }, 'untrusted_server'],
    [{ says: () => 7 }, 'unexpected'],
  ] as const)('%j is %s', async (options, code) => {
    await rejectsWith(() => open(options), code);
  });
});

describe('checksums', () => {
  test('that are compared are evidence, of one part and of many', async () => {
    const honest = await open({}, { proof: NEVER_READ });
    const small = await honest.file('in/small.bin').save(sourceOf(pattern(1000)), { size: 1000 });
    expect(small.evidence.map(({ level, algorithm, parts }) => ({ level, algorithm, parts }))).toEqual([{ level: 0, algorithm: null, parts: undefined }, { level: 1, algorithm: 'sha256', parts: 1 }]);
    const large = await honest.file('large.bin').save(sourceOf(pattern(20 * MIB)), { size: 20 * MIB });
    expect(large.evidence.at(-1)).toMatchObject({ level: 1, algorithm: 'sha256', parts: 3 });
    expect(uploads()).toEqual([{ name: 'in/small.bin', size: 1000, length: 1000 }, { name: 'large.bin', size: 20 * MIB, length: 20 * MIB }]);
  });

  test('that are only said to be compared are none', async () => {
    const boasting = await open({ ignoresChecksums: true }, { proof: NEVER_READ });
    expect((await boasting.probe()).lines.map(({ text }) => text)).toContain('The server says that it compares digests of parts, but took a wrong one: its word is no evidence.');
    const { evidence } = await boasting.file('a.bin').save(sourceOf(pattern(9 * MIB)), { size: 9 * MIB });
    expect(evidenceLevel(evidence)).toBe(0);
    expect(uploads()).toHaveLength(1);
  });

  test('catch a byte that changes on the way; once is mended, always fails', async () => {
    let left = 1;
    const lossy = await open({}, { later: { spoils: (bytes) => (left-- > 0 ? flipped(bytes) : bytes) }, proof: NEVER_READ });
    expect(evidenceLevel((await lossy.file('a.bin').save(sourceOf(pattern(1000)), { size: 1000 })).evidence)).toBe(1);
    service?.change({ spoils: flipped });
    await rejectsWith(() => store(lossy, 'b.bin', pattern(9 * MIB)), 'checksum_mismatch');
    expect(uploads().map(({ name }) => name)).toEqual(['a.bin']);
  });
});

describe('lies', () => {
  test.each([
    ['stores other bytes', { stores: flipped }, ['checksum_mismatch']],
    ['says that it has less than was sent', { says: (offset: number) => Math.max(0, offset - 1) }, ['unavailable', 'size_mismatch']],
    ['says that it has more than was sent', { says: (offset: number) => offset + 1 }, ['unavailable', 'size_mismatch']],
    ['says that it has nothing', { says: () => 0 }, ['unavailable', 'size_mismatch']],
    ['answers early and has nothing', { early: true }, ['size_mismatch', 'unavailable']],
    ['stores less', { stores: (bytes: Buffer) => bytes.subarray(0, -1) }, ['unavailable', 'size_mismatch']],
  ] as const)('a server that %s is found out, and nothing of it stays', async (_what, later, codes) => {
    const lying = await open({}, { later });
    await rejectsWith(() => store(lying, 'small.bin', pattern(1000)), ...codes);
    await rejectsWith(() => store(lying, 'large.bin', pattern(17 * MIB)), ...codes);
    expect(uploads()).toEqual([]);
  });

  test('a server that takes only some of each request gets the rest with the next ones', async () => {
    const slow = await open({}, { later: { takes: 3 * MIB } });
    const { evidence } = await slow.file('a.bin').save(sourceOf(pattern(17 * MIB)), { size: 17 * MIB });
    expect(evidenceLevel(evidence)).toBe(3);
    expect(service?.uploads[0]?.bytes.equals(pattern(17 * MIB))).toBe(true);
  });
});

describe('going on', () => {
  const suspend = async (on: StorageLocation, size: number, at: number): Promise<string> => {
    let token = '';
    const abort = new AbortController();
    async function* pieces() {
      for (let given = 0; given < at; given += MIB) yield await Promise.resolve(pattern(MIB, given + 1));
      abort.abort(SUSPENDED);
    }
    const { Readable } = await import('node:stream');
    await rejectsWith(() => on.file('a.bin').save(Readable.from(pieces(), { objectMode: false }), { size, signal: abort.signal, resume: { token: null, keep: (kept) => (token = kept) } }), 'canceled');
    return token;
  };
  const whole = (size: number) => sourceOf(Buffer.concat(Array.from({ length: size / MIB }, (_, at) => pattern(MIB, at * MIB + 1))));

  test.each([
    [{}, 'part digests', 'sha256'],
    [{ extensions: WITHOUT_CHECKSUM }, 'acknowledged', 'sha256'],
  ] as const)('with %j is known by %s', async (options, proof, algorithm) => {
    const on = await open(options);
    const token = await suspend(on, 24 * MIB, 20 * MIB);
    expect(token).not.toContain(' ');
    let told;
    const { resumed, evidence } = await on.file('a.bin').save(whole(24 * MIB), { size: 24 * MIB, resume: { token, keep: () => undefined, wentOn: (where) => (told = where) } });
    expect(resumed).toMatchObject({ proof, algorithm });
    expect(resumed?.offset).toBeGreaterThanOrEqual(8 * MIB);
    expect(told).toEqual(resumed);
    expect(evidence.find(({ level }) => level === 1)?.parts).toBe(proof === 'part digests' ? 3 : undefined);
    expect(evidenceLevel(evidence)).toBe(3);
    expect(uploads()).toEqual([{ name: 'a.bin', size: 24 * MIB, length: 24 * MIB }]);
  });

  test('is not possible when the upload has expired: it begins anew, also in the middle', async () => {
    const on = await open();
    const token = await suspend(on, 24 * MIB, 20 * MIB);
    service?.change({ expired: true });
    const error = await rejectsWith(() => on.file('b.bin').save(whole(24 * MIB), { size: 24 * MIB, resume: { token, keep: () => undefined } }), 'unavailable');
    expect(error.message).toContain('unfinished ones expire');
    service?.change({});
    const { resumed } = await on.file('a.bin').save(whole(24 * MIB), { size: 24 * MIB, resume: { token: JSON.stringify({ ...(JSON.parse(token) as object), url: `${service?.endpoint}/999` }), keep: () => undefined } });
    expect(resumed).toBeNull();
  });

  test('never follows a token to another server', async () => {
    const on = await open();
    const token = await suspend(on, 24 * MIB, 20 * MIB);
    const elsewhere = JSON.stringify({ ...(JSON.parse(token) as object), url: 'http://192.0.2.1/files/1' });
    const { resumed } = await on.file('a.bin').save(whole(24 * MIB), { size: 24 * MIB, resume: { token: elsewhere, keep: () => undefined } });
    expect(resumed).toBeNull();
    await on.file('a.bin').forget(elsewhere);
  });

  test('notices a source that changed anywhere in what was sent, to the last mark', async () => {
    for (const changed of [5, 9 * MIB, 16 * MIB - 1]) {
      const on = await open();
      const token = await suspend(on, 24 * MIB, 20 * MIB);
      const other = Buffer.concat(Array.from({ length: 24 }, (_, at) => pattern(MIB, at * MIB + 1)));
      other[changed] = (other[changed] ?? 0) ^ 1;
      const outcome = await on.file('a.bin').save(sourceOf(other), { size: other.length, resume: { token, keep: () => undefined } }).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'unavailable', context: { startOver: true } });
      else expect(service?.uploads.at(-1)?.bytes.equals(other)).toBe(true);
      await location?.close();
      await service?.stop();
    }
  });
});

test('a size that is told at the end is told once', async () => {
  const on = await open();
  const saved = await on.file('a.bin').save(sourceOf(pattern(17 * MIB)));
  expect(saved.size).toBe(17 * MIB);
  expect(uploads()).toEqual([{ name: 'a.bin', size: 17 * MIB, length: 17 * MIB }]);
  const rigid = await open({ extensions: ['creation', 'termination'] });
  await store(rigid, 'small.bin', pattern(1000));
  const error = await rejectsWith(() => rigid.file('large.bin').save(sourceOf(pattern(17 * MIB))), 'unsupported');
  expect(error.message).toContain('only when its size is known beforehand');
});

test('a small file takes one request where the server can, else two, and one to ask what became of it', async () => {
  const quick = await open({ extensions: WITHOUT_CHECKSUM }, { proof: { minimum: 0, readBack: 'never' } });
  const before = service?.requests.length ?? 0;
  await store(quick, 'a.bin', pattern(1000));
  expect(service?.requests.slice(before).map((line) => line.split(' ')[0])).toEqual(['POST', 'HEAD']);
  await location?.close();
  await service?.stop();
  const compared = await open({}, { proof: { minimum: 0, readBack: 'never' } });
  const then = service?.requests.length ?? 0;
  await store(compared, 'a.bin', pattern(1000));
  expect(service?.requests.slice(then).map((line) => line.split(' ')[0])).toEqual(['POST', 'PATCH', 'HEAD']);
});

test('what was saved can be opened by who saved it, and by nobody else', async () => {
  const on = await open();
  const file = await store(on, 'a.bin', pattern(1000));
  expect(await readAll(await file.open())).toEqual(pattern(1000));
  expect((await rejectsWith(() => on.file('a.bin').open(), 'unsupported')).message).toContain('it cannot be browsed');
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
  return copy;
}
