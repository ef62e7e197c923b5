import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Checksum, Checksums, HashName } from '../../shared/storage/checksum.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import { type ProofPolicy, evidenceLevel } from '../../shared/storage/evidence.ts';
import { hashStream } from './hash.ts';
import { type ExpectedBytes, type Rung, type StoredBytes, climbLadder } from './ladder.ts';

const BYTES = Buffer.from('what was sent');
const OTHER = Buffer.from('what was senT');
const AT = '2026-01-02T03:04:05.000Z';

async function digests(bytes: Buffer, ...algorithms: readonly HashName[]): Promise<Checksums> {
  return (await hashStream(Readable.from([bytes]), algorithms)).checksums;
}

async function digest(bytes: Buffer, algorithm: HashName): Promise<Checksum> {
  return (await digests(bytes, algorithm))[algorithm] ?? expect.fail('no digest');
}

async function expected(...algorithms: readonly HashName[]): Promise<ExpectedBytes> {
  return { size: BYTES.length, checksums: await digests(BYTES, ...(algorithms.length > 0 ? algorithms : (['sha256'] as const))) };
}

function storedAs(bytes: Buffer, more: Partial<StoredBytes> = {}): StoredBytes & { reads: number } {
  const stored = {
    reads: 0,
    size: () => Promise.resolve(bytes.length),
    readBack: () => {
      stored.reads += 1;
      return Promise.resolve(Readable.from([bytes]));
    },
    ...more,
  };
  return stored;
}

const answers = (value: Checksum | null) => ({ serverDigest: () => Promise.resolve(value) });
const policy = (minimum: ProofPolicy['minimum'], readBack: ProofPolicy['readBack'] = 'always'): ProofPolicy => ({ minimum, readBack });
const now = () => new Date(AT);

async function climb(stored: StoredBytes, wanted: ProofPolicy, against?: ExpectedBytes) {
  const rungs: Rung[] = [];
  const evidence = await climbLadder(stored, against ?? (await expected()), wanted, { now, onRung: (rung) => rungs.push(rung) });
  return { evidence, rungs, level: evidenceLevel(evidence), note: evidence.at(-1)?.note };
}

describe('the ladder stops at the first rung that is enough', () => {
  test('minimum 0: the size alone, nothing is read', async () => {
    const stored = storedAs(BYTES, answers(await digest(BYTES, 'sha256')));
    const { evidence, rungs } = await climb(stored, policy(0));
    expect(evidence).toEqual([{ level: 0, algorithm: null, by: 'server', at: AT, value: null, size: BYTES.length }]);
    expect(rungs).toEqual(['size only']);
  });

  test('minimum 1: a digest checked in transit', async () => {
    const value = await digest(BYTES, 'sha256');
    const { evidence, rungs } = await climb(storedAs(BYTES, { transit: [value], ...answers(value) }), policy(1));
    expect(evidence.at(-1)).toEqual({ level: 1, algorithm: 'sha256', by: 'server', at: AT, value, size: BYTES.length });
    expect(rungs).toEqual(['size only']);
  });

  test('minimum 2: the server digest, nothing is read back', async () => {
    const value = await digest(BYTES, 'sha256');
    const stored = storedAs(BYTES, answers(value));
    const { evidence, rungs } = await climb(stored, policy(2));
    expect(evidence.at(-1)).toEqual({ level: 2, algorithm: 'sha256', by: 'server', at: AT, value, size: BYTES.length });
    expect(rungs).toEqual(['size only', 'server digest']);
    expect(stored.reads).toBe(0);
  });

  test('minimum 3: read back although the server digest matches, with every digest of the source', async () => {
    const value = await digest(BYTES, 'sha256');
    const { evidence, rungs } = await climb(storedAs(BYTES, answers(value)), policy(3));
    expect(evidence.map(({ level }) => level)).toEqual([0, 2, 3]);
    expect(evidence.at(-1)).toEqual({ level: 3, algorithm: 'sha256', by: 'holdfast', at: AT, value, size: BYTES.length });
    expect(rungs).toEqual(['size only', 'server digest', 'read back']);
  });
});

describe('a rung that is not offered falls to the next and is noted', () => {
  test.each<[string, Partial<StoredBytes>, string]>([
    ['no server digest at all', {}, 'The storage computes no digest.'],
    ['a server that gives none', answers(null), 'The storage gave no digest.'],
    ['a server that says unsupported', { serverDigest: () => Promise.reject(new StorageError('unsupported', 'no')) }, 'The storage gave no digest.'],
  ])('%s', async (_label, more, words) => {
    const { level, note } = await climb(storedAs(BYTES, more), policy(2));
    expect(level).toBe(3);
    expect(note).toBe(words);
  });

  test('a proof in transit alone does not stop a climb that must go higher', async () => {
    const { evidence } = await climb(storedAs(BYTES, { transit: [await digest(BYTES, 'sha256')] }), policy(2));
    expect(evidence.map(({ level }) => level)).toEqual([0, 1, 3]);
  });

  test('a digest in transit of which we know none proves nothing', async () => {
    const { evidence } = await climb(storedAs(BYTES, { transit: [await digest(BYTES, 'md5')] }), policy(1, 'never'));
    expect(evidence.map(({ level }) => level)).toEqual([0]);
  });

  test('a storage that cannot be read again', async () => {
    const { level, note } = await climb(storedAs(BYTES, { readBack: () => Promise.reject(new StorageError('unsupported', 'write only')) }), policy(2));
    expect(level).toBe(0);
    expect(note).toContain('Not read back: the storage cannot give its files again.');
  });

  test('any other failure of the server fails the proof', async () => {
    await expect(climb(storedAs(BYTES, { serverDigest: () => Promise.reject(new StorageError('unavailable', 'down')) }), policy(2))).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('reading back is bounded by the policy', () => {
  test.each<[string, ProofPolicy['readBack'], number, string | undefined]>([
    ['never', 'never', 0, 'The storage computes no digest. Not read back: the location forbids it.'],
    ['a file over the bound', { upTo: BYTES.length - 1 }, 0, 'The storage computes no digest. Not read back: larger than the location allows.'],
    ['a file at the bound', { upTo: BYTES.length }, 3, 'The storage computes no digest.'],
    ['always', 'always', 3, 'The storage computes no digest.'],
  ])('%s', async (_label, readBack, level, words) => {
    const stored = storedAs(BYTES);
    const found = await climb(stored, policy(2, readBack));
    expect(found.level).toBe(level);
    expect(found.note).toBe(words);
    expect(stored.reads).toBe(level === 3 ? 1 : 0);
  });
});

describe('a storage that tells no size', () => {
  test('is read back', async () => {
    const { evidence, note } = await climb(storedAs(BYTES, { size: () => Promise.resolve(null) }), policy(0));
    expect(evidence.map(({ level }) => level)).toEqual([3]);
    expect(note).toContain('The storage does not report a size.');
  });

  test('is known by nothing when it may not be read: no size is claimed', async () => {
    expect((await climb(storedAs(BYTES, { size: () => Promise.resolve(null) }), policy(0, 'never'))).evidence).toEqual([]);
  });
});

test('a storage that tells no size, but a digest of the whole, needs no excuse', async () => {
  const { evidence, note } = await climb(storedAs(BYTES, { size: () => Promise.resolve(null), ...answers(await digest(BYTES, 'sha256')) }), policy(2));
  expect(evidence.map(({ level }) => level)).toEqual([2]);
  expect(note).toBeUndefined();
});

describe('a contradiction on any rung fails with both values', () => {
  test('another size', async () => {
    await expect(climb(storedAs(Buffer.from('short')), policy(0))).rejects.toMatchObject({ code: 'size_mismatch', context: { expected: BYTES.length, found: 5 } });
  });

  test('another size only when read back', async () => {
    const lying = storedAs(Buffer.from('short'), { size: () => Promise.resolve(BYTES.length) });
    await expect(climb(lying, policy(3))).rejects.toMatchObject({ code: 'size_mismatch', context: { expected: BYTES.length, found: 5 } });
  });

  test.each<[string, (wrong: Checksum) => Partial<StoredBytes>]>([
    ['in transit', (wrong) => ({ transit: [wrong] })],
    ['of the server', (wrong) => answers(wrong)],
  ])('another digest %s', async (_label, more) => {
    const [right, wrong] = [await digest(BYTES, 'sha256'), await digest(OTHER, 'sha256')];
    await expect(climb(storedAs(BYTES, more(wrong)), policy(2))).rejects.toMatchObject({ code: 'checksum_mismatch', context: { expected: right, found: wrong } });
  });

  test('other bytes when read back, even if the server digest matched', async () => {
    const [right, wrong] = [await digest(BYTES, 'sha256'), await digest(OTHER, 'sha256')];
    await expect(climb(storedAs(OTHER, answers(right)), policy(3))).rejects.toMatchObject({ code: 'checksum_mismatch', context: { expected: right, found: wrong } });
  });
});

describe('a server digest of which the source has none', () => {
  test('is compared with what is read back, so that two independent values meet', async () => {
    const value = await digest(BYTES, 'crc64nvme');
    const { evidence } = await climb(storedAs(BYTES, answers(value)), policy(2));
    expect(evidence.map(({ level, value: found }) => [level, found])).toEqual([
      [0, null],
      [2, value],
      [3, await digest(BYTES, 'sha256')],
    ]);
  });

  test('fails when it is not that of the bytes read back', async () => {
    const wrong = await digest(OTHER, 'crc64nvme');
    await expect(climb(storedAs(BYTES, answers(wrong)), policy(2))).rejects.toMatchObject({ code: 'checksum_mismatch', context: { expected: await digest(BYTES, 'crc64nvme'), found: wrong } });
  });

  test('is no evidence when nothing may be read back, and the note tells it', async () => {
    const value = await digest(BYTES, 'md5');
    const { level, note } = await climb(storedAs(BYTES, answers(value)), policy(2, 'never'));
    expect(level).toBe(0);
    expect(note).toContain(value);
  });
});

test('a cancel on the way up ends the climb', async () => {
  const abort = new AbortController();
  const climbing = climbLadder(storedAs(BYTES), await expected(), policy(3), { signal: abort.signal, onRung: (rung) => rung === 'server digest' || abort.abort() });
  await expect(climbing).rejects.toMatchObject({ name: 'AbortError' });
});
