import assert from 'node:assert/strict';
import type { Progress } from '../../../shared/transfers/transfer.ts';
import type { ConformanceCase } from './conformance-harness.ts';
import { KIB, MIB, contents, leftInStorage, onLocation, pattern, missingCode, rejectsWith, sameBytes, savedContents, sha256, sourceOf, store, watchSink } from './subject.ts';

const CHUNK = 64 * KIB;
const PATH = 'file.bin';

const sizes: readonly (readonly [string, number])[] = [
  ['an empty file', 0],
  ['one byte', 1],
  ['a chunk less one byte', CHUNK - 1],
  ['exactly one chunk', CHUNK],
  ['a chunk and one byte', CHUNK + 1],
  ['64 MiB', 64 * MIB],
];

function savesWhole(label: string, size: number): ConformanceCase {
  return onLocation(`saves ${label}, and tells its size and digest`, async (location, harness) => {
    const bytes = pattern(size);
    const progress: Progress[] = [];
    const rungs: number[] = [];
    const file = location.file(PATH);
    const result = await file.save(sourceOf(bytes, 200 * KIB), {
      size,
      ...(size < MIB && { chunkSize: CHUNK }),
      onProgress: (report) => progress.push(report),
      onRung: () => rungs.push(progress.length),
    });
    assert.equal(result.size, size);
    assert.equal(result.readable, true);
    assert.equal(result.writable, false);
    assert.equal(result.uri, file.uri, 'the file keeps the URI that the save answered with');
    assert.equal(result.checksums.sha256 ?? sha256(bytes), sha256(bytes));
    assert.equal(result.checksums[result.checksum.slice(0, result.checksum.indexOf(':')) as 'sha256'], result.checksum);
    const given = await savedContents(location, file);
    if (given !== null) sameBytes(given, bytes, 'read back');
    sameBytes(await contents(location, PATH), bytes, 'by its path');
    if (location.capabilities.read) {
      const found = await location.stat(PATH);
      assert.equal(found.size ?? size, size);
      if (result.modified !== undefined) assert.equal(found.modified, result.modified, 'the time that the save told is the one that is there');
    }
    assert.deepEqual(await leftInStorage(harness), [PATH]);
    const sending = progress.slice(0, rungs[0]);
    assert.deepEqual(sending.at(-1), { bytes: size, total: size }, 'the last progress is the whole size');
    assert.ok(progress.every(({ total }) => total === size), 'progress carries the total');
    assert.ok(sending.every(({ bytes: now }, at) => now >= (sending[at - 1]?.bytes ?? 0)), 'progress never goes back');
    const last = progress.at(-1);
    assert.equal(last?.bytes, size, 'reading back ends at the whole size too');
  });
}

/** The storage must not promise to take in more than a few pieces ahead of what it has stored. */
const MOST_AHEAD = 32 * MIB;

export const SAVING: readonly ConformanceCase[] = [
  ...sizes.map(([label, size]) => savesWhole(label, size)),

  onLocation('saves a source of unknown size', async (location) => {
    const bytes = pattern(CHUNK * 3 + 7);
    const progress: Progress[] = [];
    const rungs: number[] = [];
    const result = await location.file(PATH).save(sourceOf(bytes, 10_000), { onProgress: (report) => progress.push(report), onRung: () => rungs.push(progress.length) });
    assert.equal(result.size, bytes.length);
    assert.deepEqual(progress.slice(0, rungs[0]).at(-1), { bytes: bytes.length, total: null });
    sameBytes(await contents(location, PATH), bytes, 'read back');
  }),

  onLocation('replaces a file, longer by shorter', async (location, harness) => {
    await store(location, PATH, pattern(CHUNK * 2, 1));
    const bytes = pattern(100, 2);
    await store(location, PATH, bytes);
    sameBytes(await contents(location, PATH), bytes, 'the new contents');
    assert.deepEqual(await leftInStorage(harness), [PATH]);
  }),

  onLocation('overwrite: false never replaces a file', async (location, harness) => {
    const old = pattern(1000, 1);
    await store(location, PATH, old);
    const codes = location.capabilities.noOverwrite ? (['already_exists'] as const) : (['already_exists', 'unsupported'] as const);
    await rejectsWith(() => location.file(PATH).save(sourceOf(pattern(500, 2)), { size: 500, overwrite: false }), ...codes);
    sameBytes(await contents(location, PATH), old, 'the old contents');
    assert.deepEqual(await leftInStorage(harness), [PATH]);
    if (!location.capabilities.noOverwrite) return;
    await location.file('free.bin').save(sourceOf(old), { size: old.length, overwrite: false });
    sameBytes(await contents(location, 'free.bin'), old, 'saved under a free name');
  }),

  onLocation('overwrite: false sees a name that is taken in between', async (location, harness) => {
    if (!location.capabilities.noOverwrite) return;
    const first = pattern(1000, 1);
    const late = location.file(PATH).save(sourceOf(pattern(500, 2)), { size: 500, overwrite: false, beforeCommit: async () => void (await store(location, PATH, first)) });
    await rejectsWith(() => late, 'already_exists');
    sameBytes(await contents(location, PATH), first, 'the one that was first');
    assert.deepEqual(await leftInStorage(harness), [PATH]);
  }),

  onLocation('concurrent saves to one name leave one of them, whole', async (location, harness) => {
    const candidates = [1, 2, 3, 4].map((seed) => pattern(CHUNK * 2 + seed, seed));
    const outcomes = await Promise.allSettled(candidates.map((bytes) => store(location, PATH, bytes)));
    assert.ok(outcomes.some(({ status }) => status === 'fulfilled'), 'at least one succeeds');
    const found = await contents(location, PATH);
    assert.ok(candidates.some((bytes, at) => outcomes[at]?.status === 'fulfilled' && found.equals(bytes)), 'what is there is one of those that succeeded, unmixed');
    assert.deepEqual(await leftInStorage(harness), [PATH]);
  }),

  onLocation('of concurrent saves with overwrite: false exactly one succeeds', async (location, harness) => {
    if (!location.capabilities.noOverwrite) return;
    const candidates = [1, 2, 3, 4].map((seed) => pattern(CHUNK + seed, seed));
    const outcomes = await Promise.allSettled(candidates.map((bytes) => location.file(PATH).save(sourceOf(bytes), { size: bytes.length, overwrite: false })));
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    sameBytes(await contents(location, PATH), candidates[winner] ?? Buffer.alloc(0), 'the winner');
    assert.deepEqual(await leftInStorage(harness), [PATH]);
  }),

  onLocation('asks the source for no more than it can store', async (location) => {
    const handle = await location.file(PATH)['getSaveStream']({ overwrite: true });
    try {
      assert.ok(handle.stream.writableHighWaterMark <= MOST_AHEAD, `the sink wants ${handle.stream.writableHighWaterMark} bytes ahead`);
    } finally {
      handle.stream.destroy();
      await handle.abort();
    }
  }),

  onLocation(
    'a storage that stalls stops the source',
    async (location, harness) => {
      const file = location.file(PATH);
      const watch = watchSink(file);
      const size = MOST_AHEAD * 2;
      const release = await harness.stall?.();
      const saved = file.save(sourceOf(pattern(size), MIB), { size });
      const settled = saved.then(() => true, () => true);
      for (let before = -1; before !== watch.bytes && watch.bytes < size; ) {
        before = watch.bytes;
        await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, 300))]);
      }
      const ahead = watch.bytes;
      release?.();
      await saved;
      assert.ok(ahead <= MOST_AHEAD, `${ahead} bytes went into a storage that takes none`);
    },
    { needs: 'stall' },
  ),

  onLocation('keeps the time of modification, or says that it cannot', async (location) => {
    const modified = new Date('2001-02-03T04:05:06Z');
    await location.file(PATH).save(sourceOf(pattern(10)), { size: 10, modified });
    if (!location.capabilities.read) return assert.equal(location.capabilities.preserveModified, false, 'nobody could tell the time');
    const { modified: found } = await location.stat(PATH);
    if (location.capabilities.preserveModified) assert.equal(Math.floor(Date.parse(found ?? '') / 1000), modified.getTime() / 1000);
    else assert.notEqual(found === null ? null : Date.parse(found), modified.getTime(), 'it keeps the time but does not declare it');
  }),

  onLocation('copies from another file', async (location, harness) => {
    const bytes = pattern(CHUNK + 5);
    const from = await store(location, PATH, bytes);
    if ((await savedContents(location, from)) === null) return void (await rejectsWith(() => location.file('copy.bin').copyFrom(from), 'unsupported'));
    const copy = await location.file('copy.bin').copyFrom(from);
    assert.equal(copy.size, bytes.length);
    assert.equal(copy.checksums.sha256 ?? sha256(bytes), sha256(bytes));
    sameBytes(await contents(location, 'copy.bin'), bytes, 'the copy');
    assert.deepEqual(await leftInStorage(harness), ['copy.bin', PATH]);
    await rejectsWith(() => location.file('second.bin').copyFrom(location.file('missing.bin')), missingCode(location));
    assert.deepEqual(await leftInStorage(harness), ['copy.bin', PATH]);
  }),
];
