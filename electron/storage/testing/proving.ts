import assert from 'node:assert/strict';
import { HASH_NAMES, checksumAlgorithm } from '../../../shared/storage/checksum.ts';
import { StorageError } from '../../../shared/storage/errors.ts';
import { type Evidence, evidenceLevel } from '../../../shared/storage/evidence.ts';
import { hashStream } from '../../integrity/hash.ts';
import type { ConformanceCase } from './conformance-harness.ts';
import { KIB, missingCode, onLocation, pattern, rejectsWith, savedContents, sourceOf, store } from './subject.ts';

const PATH = 'file.bin';
const BYTES = pattern(100 * KIB);

/** Nothing that was stored can be had again: no more is claimed than the storage said on arrival, and the evidence tells why. */
function onlyTold(evidence: readonly Evidence[]): void {
  assert.ok((evidenceLevel(evidence) ?? 0) <= 1, 'nothing was read, so nothing is known of it');
  assert.notEqual(evidence.at(-1)?.note, undefined, 'it says why there is no more');
}

export const PROVING: readonly ConformanceCase[] = [
  onLocation('checksum() is of the stored bytes, and its progress carries the total', async (location) => {
    const file = await store(location, PATH, BYTES);
    const seen: (number | null)[] = [];
    if ((await savedContents(location, file)) === null && !file.asksStorage) return void (await rejectsWith(() => file.checksum(), 'unsupported'));
    const checksum = await file.checksum({ onProgress: ({ total }) => seen.push(total) });
    if (checksum === null) return assert.equal(file.checksumHashName, null, 'only a backend without a digest of its own may have none');
    if (file.checksumHashName !== null) assert.equal(checksumAlgorithm(checksum), file.checksumHashName);
    const { checksums } = await hashStream(sourceOf(BYTES), [checksumAlgorithm(checksum)]);
    assert.equal(checksum, checksums[checksumAlgorithm(checksum)]);
    assert.ok(seen.every((total) => total === BYTES.length || total === null));
  }),

  onLocation('the digests that the storage offers are right, and others are not made up', async (location) => {
    const file = await store(location, PATH, BYTES);
    if (location.capabilities.serverDigest.length > 0) assert.equal(file.asksStorage, true, 'checksum() must be overridden to ask the storage');
    const { checksums } = await hashStream(sourceOf(BYTES), HASH_NAMES);
    for (const algorithm of HASH_NAMES) {
      const answer = await file.checksum({ algorithm }).catch((error: unknown) => {
        if (error instanceof StorageError && error.code === 'unsupported') return null;
        throw error;
      });
      if (answer !== null) assert.equal(answer, checksums[algorithm]);
      else assert.ok(!location.capabilities.serverDigest.includes(algorithm), `${algorithm} is declared, but there was no answer`);
    }
  }),

  onLocation('checksum() of a missing file rejects', async (location) => {
    await rejectsWith(() => location.file('missing.bin').checksum({ algorithm: 'sha256' }), missingCode(location));
  }),

  onLocation(
    'checksum() sees a byte that rots after the save',
    async (location, harness) => {
      const file = location.file(PATH);
      const { checksums } = await file.save(sourceOf(BYTES), { size: BYTES.length, algorithms: HASH_NAMES });
      await harness.corrupt?.(PATH, 5);
      if ((await savedContents(location, file)) === null && !file.asksStorage) return;
      const now = await file.checksum();
      if (now !== null) assert.notEqual(now, checksums[checksumAlgorithm(now)]);
      for (const algorithm of location.capabilities.serverDigest) assert.notEqual(await file.checksum({ algorithm }), checksums[algorithm]);
    },
    { needs: 'corrupt' },
  ),

  onLocation('a save says how it is known, as well as was asked for', async (location) => {
    const file = location.file(PATH);
    const { evidence, checksum } = await file.save(sourceOf(BYTES), { size: BYTES.length });
    assert.ok(checksum.includes(':'));
    if (location.capabilities.serverDigest.length === 0 && (await savedContents(location, file)) === null) return onlyTold(evidence);
    assert.ok((evidenceLevel(evidence) ?? -1) >= 2);
    const best = evidence.find(({ level }) => level >= 2);
    if (location.capabilities.serverDigest.length > 0) assert.equal(best?.level, 2, 'the storage offers a digest, so it is asked first');
    if (best?.level === 2) assert.equal(best.by, 'server');
    assert.ok((best?.value !== null || best.parts !== undefined) && best?.size === BYTES.length);
  }),

  onLocation(
    'a save that must be read back is read back',
    async (location) => {
      const rungs: string[] = [];
      const file = location.file(PATH);
      const { evidence, checksums } = await file.save(sourceOf(BYTES), { onRung: (rung) => rungs.push(rung) });
      if ((await savedContents(location, file)) === null) return onlyTold(evidence);
      const last = evidence.at(-1);
      assert.equal(last?.level, 3);
      assert.equal(last.by, 'holdfast');
      assert.equal(last.value, last.algorithm && checksums[last.algorithm]);
      assert.equal(rungs.at(-1), 'read back');
    },
    { overrides: { proof: { minimum: 3, readBack: 'always' } } },
  ),

  onLocation(
    'a save that may not be read back claims only what the storage said',
    async (location) => {
      const { evidence } = await location.file(PATH).save(sourceOf(BYTES));
      const level = evidenceLevel(evidence);
      assert.notEqual(level, 3);
      if (location.capabilities.serverDigest.length > 0) assert.equal(level, 2);
      else assert.ok(evidence.length === 0 || (level !== null && level > 0) || evidence.at(-1)?.note !== undefined, 'it says why there is no more');
      assert.ok(evidence.every(({ level: each, value, parts }) => (each === 0 || parts !== undefined) === (value === null)), 'a digest goes with every level but the size, of the whole or of each part');
    },
    { overrides: { proof: { minimum: 2, readBack: 'never' } } },
  ),

  onLocation('further digests come with the same pass', async (location) => {
    const { checksums } = await location.file(PATH).save(sourceOf(BYTES), { algorithms: ['md5', 'crc32', 'blake3'] });
    const { checksums: expected } = await hashStream(sourceOf(BYTES), ['md5', 'crc32', 'blake3']);
    for (const algorithm of ['md5', 'crc32', 'blake3'] as const) assert.equal(checksums[algorithm], expected[algorithm]);
  }),
];
