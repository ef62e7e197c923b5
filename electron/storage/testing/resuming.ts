import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { StorageError } from '../../../shared/storage/errors.ts';
import { SUSPENDED } from '../operation-options.ts';
import type { SaveResult } from '../storage-backend.ts';
import type { StorageLocation } from '../storage-location.ts';
import type { ConformanceCase } from './conformance-harness.ts';
import { MIB, contents, leftInStorage, onLocation, pattern, rejectsWith, sameBytes, sourceOf, store } from './subject.ts';

const PATH = 'file.bin';
/** Larger than any backend's part, so that at least one part is whole when the line is cut. */
const BYTES = pattern(24 * MIB, 7);
const CUT = 20 * MIB;

/** Gives the first bytes, then fails as a connection does that was lost. */
function cutSource(bytes: Uint8Array, at: number): Readable {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const piece of sourceOf(bytes.subarray(0, at))) yield piece as Uint8Array;
    throw new StorageError('unavailable', 'The line was cut.');
  }
  return Readable.from(pieces(), { objectMode: false });
}

interface Attempt {
  readonly result: SaveResult | null;
  readonly token: string | null;
}

async function cutSave(location: StorageLocation, bytes = BYTES, at = CUT): Promise<string | null> {
  let token: string | null = null;
  const saving = location.file(PATH).save(cutSource(bytes, at), { size: bytes.length, resume: { token: null, keep: (kept) => (token = kept) } });
  await rejectsWith(() => saving, 'unavailable');
  return token;
}

async function goOn(location: StorageLocation, token: string | null, bytes = BYTES): Promise<Attempt> {
  let kept = token;
  const result = await location.file(PATH).save(sourceOf(bytes), { size: bytes.length, resume: { token, keep: (next) => (kept = next) } });
  return { result, token: kept };
}

export const RESUMING: readonly ConformanceCase[] = [
  onLocation('a save that was cut goes on where it stopped, after proving what is there; or says that it cannot', async (location, harness) => {
    const token = await cutSave(location);
    if (!location.capabilities.resume) {
      assert.equal(token, null, 'a storage that cannot go on keeps nothing');
      assert.deepEqual(await leftInStorage(harness), []);
      return;
    }
    assert.ok(token !== null, 'something was kept');
    if (location.capabilities.list) await rejectsWith(() => location.stat(PATH), 'not_found');
    const { result } = await goOn(location, token);
    const resumed = result?.resumed;
    assert.ok(resumed !== null && resumed !== undefined, 'the save says where it went on');
    assert.ok(resumed.offset > 0 && resumed.offset <= CUT, `it went on at ${resumed.offset}`);
    sameBytes(await contents(location, PATH), BYTES, 'the whole file');
    assert.deepEqual(await leftInStorage(harness), [PATH]);
  }),

  onLocation('a save that goes on with another source never mixes the two', async (location, harness) => {
    if (!location.capabilities.resume) return;
    const token = await cutSave(location);
    const other = pattern(BYTES.length, 8);
    const first = await goOn(location, token, other).catch((error: unknown) => error);
    if (first instanceof StorageError) {
      assert.equal(first.retryable, true, `a new try must help: ${first.message}`);
      await goOn(location, token, other);
    }
    sameBytes(await contents(location, PATH), other, 'the other source alone');
    assert.deepEqual(await leftInStorage(harness), [PATH]);
  }),

  onLocation('an old file stays as it is until the save that goes on is through', async (location) => {
    if (!location.capabilities.resume) return;
    const old = pattern(1000, 9);
    await store(location, PATH, old);
    const token = await cutSave(location);
    sameBytes(await contents(location, PATH), old, 'the old file');
    await goOn(location, token);
    sameBytes(await contents(location, PATH), BYTES, 'the new file');
  }),

  onLocation('what was kept can be forgotten, twice too, and then a save begins anew', async (location, harness) => {
    if (!location.capabilities.resume) return;
    const token = await cutSave(location);
    assert.ok(token !== null);
    await location.file(PATH).forget(token);
    await location.file(PATH).forget(token);
    assert.deepEqual(await leftInStorage(harness), []);
    const { result } = await goOn(location, token);
    assert.equal(result?.resumed, null);
    sameBytes(await contents(location, PATH), BYTES, 'begun anew');
    assert.deepEqual(await leftInStorage(harness), [PATH]);
  }),

  onLocation('what was kept is told among the unfinished uploads until it is discarded', async (location, harness) => {
    if (!location.capabilities.resume || !location.capabilities.list) return assert.deepEqual(await location.unfinished(''), []);
    if (location.capabilities.makeDirectory) await location.makeDirectory('folder');
    await location.file('folder/inner.bin').save(sourceOf(pattern(10)));
    const inner = location.file('folder/other.bin');
    await rejectsWith(() => inner.save(cutSource(BYTES, CUT), { size: BYTES.length, resume: { token: null, keep: () => undefined } }), 'unavailable');
    const [upload, ...others] = await location.unfinished('');
    assert.ok(upload !== undefined && others.length === 0, 'it is told once');
    assert.ok(upload.path.startsWith('folder/'), `it is told where it lies: ${upload.path}`);
    await location.discard(upload);
    assert.deepEqual(await location.unfinished(''), []);
    assert.deepEqual(await leftInStorage(harness), ['folder/inner.bin']);
    await rejectsWith(() => location.discard(upload), 'not_found');
    await rejectsWith(() => location.discard({ ...upload, id: 'folder/inner.bin', path: 'folder/inner.bin' }), 'not_found', 'invalid_location', 'unsupported');
    assert.deepEqual(await leftInStorage(harness), ['folder/inner.bin']);
  }),

  onLocation('a save that is canceled leaves nothing, one that is suspended goes on', async (location, harness) => {
    if (!location.capabilities.resume) return;
    for (const reason of [undefined, SUSPENDED]) {
      const abort = new AbortController();
      const stopping = Readable.from(
        (async function* pieces() {
          for await (const piece of sourceOf(BYTES.subarray(0, CUT))) yield piece as Uint8Array;
          abort.abort(reason);
          await new Promise(() => undefined);
        })(),
        { objectMode: false },
      );
      let token: string | null = null;
      await rejectsWith(() => location.file(PATH).save(stopping, { size: BYTES.length, signal: abort.signal, resume: { token: null, keep: (kept) => (token = kept) } }), 'canceled');
      if (reason === undefined) assert.deepEqual(await leftInStorage(harness), []);
      else {
        const { result } = await goOn(location, token);
        assert.ok((result?.resumed?.offset ?? 0) > 0, 'it went on');
      }
    }
  }),

  onLocation('a token that says nothing is no harm', async (location, harness) => {
    if (!location.capabilities.resume) return;
    for (const token of ['', '../../etc/passwd', '{"name":"../x"}', 'x'.repeat(5000)]) {
      await location.file(PATH).forget(token);
      const { result } = await goOn(location, token, pattern(1000));
      assert.equal(result?.resumed, null);
    }
    assert.deepEqual(await leftInStorage(harness), [PATH]);
  }),
];
