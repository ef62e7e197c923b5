import { appendFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Capabilities } from '../../shared/storage/capabilities.ts';
import type { Checksum } from '../../shared/storage/checksum.ts';
import { DEFAULT_PROOF_POLICY } from '../../shared/storage/evidence.ts';
import type { LocationConfig } from '../../shared/storage/location.ts';
import { localBackend } from '../storage/backends/local/definition.ts';
import { createMemoryBackend } from '../storage/backends/memory/definition.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import type { Job, JobResult, Ports } from './job.ts';
import { perform } from './perform.ts';

const SHA_ABC: Checksum = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const SHA_EMPTY: Checksum = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const OLD = new Date('2020-02-02T02:02:02.000Z');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-perform-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const connect = (capabilities: Partial<Capabilities> = {}): Promise<StorageLocation> =>
  createMemoryBackend({ capabilities }).connect({ uri: 'memory:///', options: {}, secret: null, proof: DEFAULT_PROOF_POLICY, sizeLimit: null });

async function run(location: StorageLocation, job: Partial<Job>, ports: Partial<Ports> = {}): Promise<{ readonly result: JobResult; readonly rungs: readonly string[] }> {
  const config: LocationConfig = { id: 'loc', name: 'Archive', backend: 'memory', uri: 'memory:///', options: {}, secret: { kind: 'none' }, proof: DEFAULT_PROOF_POLICY, sizeLimit: null };
  const rungs: string[] = [];
  const result = await perform(
    { batchId: 'b', size: null, direction: 'download', kind: 'file', locationId: 'loc', source: 'a.txt', destination: join(folder, 'a.txt'), root: folder, conflict: 'fail', interrupted: false, published: false, options: {}, leftover: null, known: null, ...job },
    {
      connect: () => Promise.resolve({ config, location }),
      localFolder: (root) => localBackend.connect({ uri: root, options: {}, secret: null, proof: DEFAULT_PROOF_POLICY, sizeLimit: null }),
      bandwidth: null,
      makeParents: () => Promise.resolve(),
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onRung: (rung) => void rungs.push(rung),
      onLeftover: () => undefined,
      ...ports,
    },
  );
  return { result, rungs };
}

describe('a download', () => {
  const stored = async (capabilities: Partial<Capabilities> = {}): Promise<StorageLocation> => {
    const location = await connect(capabilities);
    await location.file('a.txt').save(Readable.from([Buffer.from('abc')]), { modified: OLD });
    return location;
  };
  const known = async (location: StorageLocation, checksum: Checksum) => {
    const { size, modified } = await location.stat('a.txt');
    return { size, modified, checksum, at: '2026-01-01T00:00:00.000Z' };
  };

  test('is proven by the digest that the server computed; the time is kept', async () => {
    const { result } = await run(await stored({ serverDigest: ['sha1', 'sha256'] }), {});
    expect(result).toMatchObject({ kind: 'stored', size: 3, checksums: { sha256: SHA_ABC }, evidence: [{ level: 0 }, { level: 2, by: 'server', value: SHA_ABC }], proven: { path: 'a.txt', size: 3 } });
    expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('abc');
    expect((await stat(join(folder, 'a.txt'))).mtime).toEqual(OLD);
  });

  test('asks the server while what was written here is read back, and once only', async () => {
    const location = await stored({ serverDigest: ['sha256'] });
    const file = location.file.bind(location);
    const seen: string[] = [];
    location.file = (path, facts) => {
      const one = file(path, facts);
      const checksum = one.checksum.bind(one);
      return Object.assign(one, { checksum: (options: Parameters<typeof checksum>[0]) => (seen.push('asked'), checksum(options)) });
    };
    const { result } = await run(location, {}, { onRung: (rung) => void seen.push(rung) });
    expect(result).toMatchObject({ kind: 'stored' });
    expect(seen).toEqual(['asked', 'size only', 'read back', 'server digest']);
  });

  test('asks the server for another algorithm when it does not know sha256', async () => {
    const { result } = await run(await stored({ serverDigest: ['crc32c'] }), {});
    expect(result).toMatchObject({ kind: 'stored', evidence: [{ level: 0 }, { level: 2, algorithm: 'crc32c' }] });
  });

  test('that is not what the server has is never published and leaves nothing', async () => {
    const location = await stored({ serverDigest: ['sha256'] });
    const file = location.file.bind(location);
    location.file = (path, facts) => Object.assign(file(path, facts), { checksum: () => Promise.resolve(SHA_EMPTY) });
    const { result } = await run(location, {});
    expect(result).toMatchObject({ kind: 'failed', published: null, error: { code: 'checksum_mismatch', context: { expected: SHA_EMPTY, found: SHA_ABC } } });
    expect(await readdir(folder)).toEqual([]);
  });

  test('that nothing vouches for says so', async () => {
    const { result } = await run(await stored(), {});
    expect(result).toMatchObject({ kind: 'stored', evidence: [{ level: 0, note: expect.stringContaining('No receipt knows this file') }], proven: null });
  });

  test('is proven by an earlier receipt of the unchanged file', async () => {
    const location = await stored();
    const { result } = await run(location, { known: await known(location, SHA_ABC) });
    expect(result).toMatchObject({ kind: 'stored', evidence: [{ level: 0 }, { level: 3, value: SHA_ABC }] });
  });

  test('that contradicts an earlier receipt fails, leaves nothing, and the stored file is known as wrong', async () => {
    const location = await stored();
    const { result } = await run(location, { known: await known(location, SHA_EMPTY) });
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'checksum_mismatch' }, mismatch: { path: 'a.txt', size: 3 } });
    expect(await readdir(folder)).toEqual([]);
  });

  test('of a file whose size the storage does not say claims not even that', async () => {
    const location = await stored();
    const stat = location.stat.bind(location);
    location.stat = async (path) => ({ ...(await stat(path)), size: null });
    expect((await run(location, {})).result).toMatchObject({ kind: 'stored', size: 3, evidence: [] });
  });

  test('a receipt of a file that was replaced since proves nothing and contradicts nothing', async () => {
    const location = await stored();
    const { result } = await run(location, { known: { ...(await known(location, SHA_EMPTY)), modified: '1999-01-01T00:00:00.000Z' } });
    expect(result).toMatchObject({ kind: 'stored', evidence: [{ level: 0 }] });
  });

  test('of a file that changes on the way is not published', async () => {
    const location = await stored();
    const stat = location.stat.bind(location);
    let asked = 0;
    location.stat = async (path) => ({ ...(await stat(path)), modified: `2026-01-01T00:00:0${asked++}.000Z` });
    const { result } = await run(location, {});
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'source_changed', retryable: true } });
    expect(await readdir(folder)).toEqual([]);
  });

  test('that ends early may be tried again', async () => {
    const location = await stored();
    const file = location.file.bind(location);
    location.file = (path, facts) => Object.assign(file(path, facts), { open: () => Promise.resolve(Readable.from([Buffer.from('ab')])) });
    const { result } = await run(location, {});
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'size_mismatch', retryable: true } });
    expect(await readdir(folder)).toEqual([]);
  });

  test('never leaves its folder', async () => {
    const { result } = await run(await stored(), { destination: join(folder, '..', 'a.txt') });
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'invalid_location' } });
  });

  test('cut off after it was published is found and proven, not fetched under another name', async () => {
    const location = await stored({ serverDigest: ['sha256'] });
    await writeFile(join(folder, 'a.txt'), 'abc');
    const { result } = await run(location, { interrupted: true, conflict: 'rename' });
    expect(result).toMatchObject({ kind: 'stored', place: join(folder, 'a.txt'), evidence: [{ level: 0 }, { level: 2, note: expect.stringContaining('interruption') }] });
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  test('found after an interruption proves nothing of a stored file that changes meanwhile', async () => {
    const location = await stored();
    await writeFile(join(folder, 'a.txt'), 'abc');
    const stat = location.stat.bind(location);
    let asked = 0;
    location.stat = async (path) => ({ ...(await stat(path)), modified: `2026-01-01T00:00:0${asked++}.000Z` });
    const { result } = await run(location, { interrupted: true });
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'source_changed' } });
  });
});

describe('an upload', () => {
  const job = (extra: Partial<Job> = {}): Partial<Job> => ({ direction: 'upload', source: join(folder, 'source'), destination: 'in/a.txt', root: 'in', ...extra });

  test('goes through transfer and proof, with size and time of the source in the receipt', async () => {
    await writeFile(join(folder, 'source'), 'abc');
    await utimes(join(folder, 'source'), OLD, OLD);
    const location = await connect();
    const { result, rungs } = await run(location, job());
    expect(result).toMatchObject({
      kind: 'stored', place: 'in/a.txt', size: 3, checksums: { sha256: SHA_ABC },
      source: { size: 3, modifiedBefore: OLD.toISOString(), modifiedAfter: OLD.toISOString() },
      destination: { endpoint: { kind: 'location', locationId: 'loc', path: 'in/a.txt' }, locationName: 'Archive' },
      proven: { path: 'in/a.txt', size: 3, modified: OLD.toISOString() },
    });
    expect(rungs).toEqual(['size only', 'read back']);
  });

  test.each([
    ['grows', (source: string) => appendFileSync(source, 'more')],
    ['shrinks', (source: string) => truncateSync(source, 10)],
    ['is rewritten', (source: string) => writeFileSync(source, Buffer.alloc(3_000_000, 1), { flag: 'r+' })],
  ])('of a file that %s on the way is never proven nor published', async (_how, change) => {
    const source = join(folder, 'source');
    writeFileSync(source, Buffer.alloc(3_000_000));
    await utimes(source, OLD, OLD);
    const location = await connect();
    let done = false;
    const { result } = await run(location, job(), {
      onProgress: ({ bytes }) => {
        if (bytes === 0 || done) return;
        done = true;
        change(source);
      },
    });
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'source_changed' } });
    await expect(location.stat('in/a.txt')).rejects.toMatchObject({ code: 'not_found' });
  });

  describe('that was cut off after it was published', () => {
    const again = async (location: StorageLocation, extra: Partial<Job>, ports: Partial<Ports> = {}) => {
      await writeFile(join(folder, 'source'), 'abc');
      await location.file('in/a.txt').save(Readable.from([Buffer.from('abc')]));
      return (await run(location, job({ interrupted: true, ...extra }), ports)).result;
    };

    test('is proven as well as was asked for', async () => {
      const result = await again(await connect({ serverDigest: ['sha256'] }), { options: { proof: { minimum: 3, readBack: 'always' } } });
      expect(result).toMatchObject({ kind: 'stored', evidence: [{ level: 0 }, { level: 2 }, { level: 3, note: expect.stringContaining('interruption') }] });
    });

    test('is not proven by a source that changes meanwhile', async () => {
      const result = await again(await connect(), {}, { onRung: () => void utimesSync(join(folder, 'source'), OLD, OLD) });
      expect(result).toMatchObject({ kind: 'failed', error: { code: 'source_changed' } });
    });
  });

  test('over the limit fails before a byte is sent', async () => {
    await writeFile(join(folder, 'source'), 'abc');
    let bytes = 0;
    const { result } = await run(await connect(), job({ options: { sizeLimit: { bytes: 2, reason: 'a quota' } } }), { onProgress: (progress) => void (bytes += progress.bytes) });
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'size_limit_exceeded', retryable: false, message: expect.stringContaining('a quota') } });
    expect(bytes).toBe(0);
  });

  test('makes an empty folder, or says that there are none', async () => {
    const location = await connect();
    expect((await run(location, job({ kind: 'folder', destination: 'in/empty' }))).result).toEqual({ kind: 'skipped', reason: 'Made the empty folder.' });
    expect(await location.stat('in/empty')).toMatchObject({ kind: 'folder' });
    expect((await run(await connect({ makeDirectory: false }), job({ kind: 'folder', destination: 'in/empty' }))).result).toMatchObject({ kind: 'skipped', reason: expect.stringContaining('no empty folders') });
  });

  test('of a file that is gone says so and is not tried again', async () => {
    const { result } = await run(await connect(), job());
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'not_found', retryable: false, context: { side: 'source' } } });
  });
});
