import assert from 'node:assert/strict';
import { KIB, contents, onLocation, pattern, readAll, rejectsWith, sameBytes, sha256, sourceOf, store } from './subject.ts';
import type { ConformanceCase } from './conformance-harness.ts';

const PATH = 'file.bin';

export const UPDATING: readonly ConformanceCase[] = [
  onLocation('updates the middle, and the digest is of the part only; or says that it cannot', async (location) => {
    const bytes = pattern(200 * KIB, 1);
    const part = pattern(70 * KIB, 2);
    const file = await store(location, PATH, bytes);
    if (!location.capabilities.update) {
      await rejectsWith(() => file.update(sourceOf(part), { seek: 1000, size: part.length }), 'unsupported');
      sameBytes(await contents(location, PATH), bytes, 'the untouched file');
      return;
    }
    const result = await file.update(sourceOf(part), { seek: 1000, size: part.length });
    part.copy(bytes, 1000);
    assert.equal(result.size, part.length);
    assert.equal('checksum' in result, false, 'a part has no digest of the file');
    if (result.partChecksum.startsWith('sha256:')) assert.equal(result.partChecksum, sha256(part));
    assert.notEqual(result.partChecksum, sha256(bytes));
    sameBytes(await contents(location, PATH), bytes, 'the updated file');
  }),

  onLocation('updates at the start without cutting the rest off, at the end and past the end', async (location) => {
    if (!location.capabilities.update) return;
    const bytes = pattern(1000, 1);
    const file = await store(location, PATH, bytes);
    await file.update(sourceOf(pattern(10, 2)), { seek: 0 });
    await file.update(sourceOf(pattern(10, 3)), { seek: 1000 });
    await file.update(sourceOf(pattern(10, 4)), { seek: 1500 });
    const expected = Buffer.concat([pattern(10, 2), bytes.subarray(10), pattern(10, 3), Buffer.alloc(490), pattern(10, 4)]);
    sameBytes(await contents(location, PATH), expected, 'after three updates');
  }),

  onLocation('does not update a file that is not there, nor at an impossible place', async (location, harness) => {
    const code = location.capabilities.update ? 'not_found' : 'unsupported';
    await rejectsWith(() => location.file('missing.bin').update(sourceOf(pattern(5)), { seek: 0 }), code);
    await rejectsWith(() => location.file('missing.bin').update(sourceOf(pattern(5)), { seek: -1 }), 'invalid_config');
    assert.deepEqual(await harness.residue(), []);
  }),

  onLocation('an update whose source fails or is too short fails', async (location) => {
    const file = await store(location, PATH, pattern(1000, 1));
    const { update } = location.capabilities;
    await rejectsWith(() => file.update(sourceOf(pattern(9)), { seek: 100, size: 10 }), update ? 'size_mismatch' : 'unsupported');
    assert.equal((await contents(location, PATH)).length, 1000);
  }),

  onLocation('allocates a file and fills it by parts, wherever the storage put it; or says that it cannot', async (location, harness) => {
    const bytes = pattern(10_000);
    const file = location.file(PATH);
    if (!location.capabilities.initialize) {
      await rejectsWith(() => file.initialize(bytes.length), 'unsupported');
      assert.deepEqual(await harness.residue(), []);
      return;
    }
    const made = await file.initialize(bytes.length);
    assert.deepEqual({ ...made }, { uri: file.uri, size: bytes.length, readable: false, writable: true });
    if (location.capabilities.update) {
      await file.update(sourceOf(bytes.subarray(6000)), { seek: 6000, size: 4000 });
      await file.update(sourceOf(bytes.subarray(0, 6000)), { seek: 0, size: 6000 });
    } else {
      await file.save(sourceOf(bytes), { size: bytes.length });
    }
    sameBytes(await readAll(await file.open()), bytes, 'the filled file');
  }),

  onLocation('allocating never harms a file that is there, and takes no nonsense', async (location) => {
    const old = pattern(1000);
    await store(location, PATH, old);
    if (location.capabilities.initialize) await rejectsWith(() => location.file(PATH).initialize(10), 'already_exists');
    sameBytes(await contents(location, PATH), old, 'the old contents');
    await rejectsWith(() => location.file('other.bin').initialize(-1), 'invalid_config');
    await rejectsWith(() => location.file('other.bin').initialize(1.5), 'invalid_config');
  }),

  onLocation('a save into an allocated file keeps the URI that it answers with', async (location, harness) => {
    if (!location.capabilities.initialize) return;
    const bytes = pattern(5000);
    const file = location.file(PATH);
    await file.initialize(bytes.length);
    const { uri } = await file.save(sourceOf(bytes), { size: bytes.length });
    assert.equal(uri, file.uri);
    sameBytes(await readAll(await file.open()), bytes, 'the saved file');
    sameBytes(await contents(location, PATH), bytes, 'the file by its path');
    assert.equal((await location.stat(PATH)).uri, uri, 'the location knows the file under the same URI');
    assert.equal((await harness.residue()).length, 1);
  }),
];
