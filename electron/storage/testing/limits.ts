import assert from 'node:assert/strict';
import { leftInStorage, onLocation, pattern, rejectsWith, sameBytes, contents, sourceOf, store, watchSink } from './subject.ts';
import type { ConformanceCase } from './conformance-harness.ts';

const PATH = 'file.bin';
const LIMIT = { bytes: 100_000, reason: 'quota of the test' };

export const LIMITS: readonly ConformanceCase[] = [
  onLocation('a source that is shorter than announced fails and leaves nothing', async (location, harness) => {
    await rejectsWith(() => location.file(PATH).save(sourceOf(pattern(999)), { size: 1000 }), 'size_mismatch');
    await rejectsWith(() => location.file(PATH).save(sourceOf(pattern(0)), { size: 1 }), 'size_mismatch');
    assert.deepEqual(await leftInStorage(harness), []);
  }),

  onLocation('a source that is longer than announced fails, and no byte past the size reaches the sink', async (location, harness) => {
    const file = location.file(PATH);
    const watch = watchSink(file);
    await rejectsWith(() => file.save(sourceOf(pattern(1001), 100), { size: 1000 }), 'size_mismatch');
    assert.ok(watch.bytes <= 1000, `${watch.bytes} bytes reached the sink`);
    assert.deepEqual(await leftInStorage(harness), []);
  }),

  onLocation(
    'a size over the limit is refused before the storage is touched, with the reason',
    async (location, harness) => {
      const file = location.file(PATH);
      const watch = watchSink(file);
      const error = await rejectsWith(() => file.save(sourceOf(pattern(LIMIT.bytes + 1)), { size: LIMIT.bytes + 1 }), 'size_limit_exceeded');
      assert.match(error.message, /quota of the test/);
      assert.equal(watch.opened, 0);
      assert.deepEqual(await leftInStorage(harness), []);
    },
    { overrides: { sizeLimit: LIMIT } },
  ),

  onLocation(
    'an unknown size over the limit is stopped before the byte past it reaches the sink',
    async (location, harness) => {
      const file = location.file(PATH);
      const watch = watchSink(file);
      await rejectsWith(() => file.save(sourceOf(pattern(LIMIT.bytes + 1), 30_000)), 'size_limit_exceeded');
      assert.ok(watch.bytes <= LIMIT.bytes, `${watch.bytes} bytes reached the sink`);
      assert.deepEqual(await leftInStorage(harness), []);
    },
    { overrides: { sizeLimit: LIMIT } },
  ),

  onLocation(
    'a file of exactly the limit is saved',
    async (location) => {
      const bytes = pattern(LIMIT.bytes);
      await location.file(PATH).save(sourceOf(bytes));
      sameBytes(await contents(location, PATH), bytes, 'at the limit');
    },
    { overrides: { sizeLimit: LIMIT } },
  ),

  onLocation('the limit of the caller and that of the storage hold too', async (location, harness) => {
    await rejectsWith(() => location.file(PATH).save(sourceOf(pattern(11)), { sizeLimit: { bytes: 10 } }), 'size_limit_exceeded');
    const { maximumSize } = location.capabilities;
    if (maximumSize !== null) await rejectsWith(() => location.file(PATH).save(sourceOf(pattern(1)), { size: maximumSize + 1 }), 'size_limit_exceeded');
    assert.deepEqual(await leftInStorage(harness), []);
  }),

  onLocation(
    'allocating and updating obey the limit',
    async (location) => {
      await rejectsWith(() => location.file(PATH).initialize(LIMIT.bytes + 1), 'size_limit_exceeded');
      const { update } = location.capabilities;
      const old = pattern(10);
      const file = await store(location, PATH, old);
      await rejectsWith(() => file.update(sourceOf(pattern(20)), { seek: LIMIT.bytes - 10 }), update ? 'size_limit_exceeded' : 'unsupported');
      await rejectsWith(() => file.update(sourceOf(pattern(20)), { seek: LIMIT.bytes - 10, size: 20 }), 'size_limit_exceeded');
      sameBytes((await contents(location, PATH)).subarray(0, 10), old, 'what was there');
    },
    { overrides: { sizeLimit: LIMIT } },
  ),
];
