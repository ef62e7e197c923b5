import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { StorageError } from '../../../shared/storage/errors.ts';
import { evidenceLevel } from '../../../shared/storage/evidence.ts';
import type { StorageBackend } from '../storage-backend.ts';
import type { StorageLocation } from '../storage-location.ts';
import type { ConformanceCase, ConformanceHarness } from './conformance-harness.ts';
import { KIB, contents, leftInStorage, onLocation, pattern, readAll, rejectsWith, sameBytes, sourceOf, store, watchSink } from './subject.ts';

const PATH = 'file.bin';
const BYTES = pattern(300 * KIB, 2);

/** Gives some bytes, then does what `then` does. */
function sourceThat(then: () => Promise<void>): Readable {
  return Readable.from(
    (async function* pieces() {
      yield BYTES.subarray(0, 100 * KIB);
      await then();
      yield BYTES.subarray(100 * KIB);
    })(),
    { objectMode: false },
  );
}

/** Runs a save that must fail, once on a free name and once over an old file, and looks at what it left. */
function leavesNothing(name: string, save: (file: StorageBackend) => Promise<unknown>): ConformanceCase {
  return onLocation(`${name}: nothing is left, old contents survive, and the next save works`, async (location, harness) => {
    await save(location.file(PATH));
    assert.deepEqual(await leftInStorage(harness), [], 'on a free name');
    const old = pattern(50 * KIB, 1);
    await store(location, PATH, old);
    await save(location.file(PATH));
    await oldOrGone(location, harness, old);
    await store(location, PATH, BYTES);
    sameBytes(await contents(location, PATH), BYTES, 'saved afterwards');
    assert.deepEqual(await leftInStorage(harness), [PATH]);
  });
}

/** Where nothing that was stored can be had again, not even by its saver, a save may end well; but then nothing is claimed beyond what the storage was told. */
async function mismatch(file: StorageBackend): Promise<StorageError | null> {
  const saving = () => file.save(sourceOf(BYTES), { size: BYTES.length });
  if (file.context.capabilities.read) return rejectsWith(saving, 'checksum_mismatch');
  try {
    const { evidence } = await saving();
    assert.ok((evidenceLevel(evidence) ?? 0) <= 1, 'other bytes are stored than were sent');
    return null;
  } catch (error) {
    return rejectsWith(() => Promise.reject(error as Error), 'checksum_mismatch');
  }
}

/** Where a save is not atomic the old file may be lost, but no partial contents may stand in its place. */
async function oldOrGone(location: StorageLocation, harness: ConformanceHarness, old: Buffer): Promise<void> {
  const left = await leftInStorage(harness);
  if (!location.capabilities.atomicPublish && left.length === 0) return;
  assert.deepEqual(left, [PATH], 'over an old file');
  sameBytes(await contents(location, PATH), old, 'the old contents');
}

export const FAILING: readonly ConformanceCase[] = [
  leavesNothing('a source that fails', async (file) => {
    const error = await rejectsWith(() => file.save(sourceThat(() => Promise.reject(Object.assign(new Error('disk on fire'), { code: 'EIO' }))), { size: BYTES.length }), 'unexpected');
    assert.equal(error.context['side'], 'source');
    assert.match(error.message, /disk on fire/);
  }),

  leavesNothing('a sink that fails', (file) => {
    let pieces = 0;
    watchSink(file, (piece) => {
      pieces += 1;
      if (pieces === 3) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
      return piece;
    });
    return rejectsWith(() => file.save(sourceOf(BYTES), { size: BYTES.length }), 'out_of_space');
  }),

  leavesNothing('a cancel in the middle of a chunk', (file) => {
    const abort = new AbortController();
    const source = sourceThat(() => Promise.resolve(abort.abort()));
    return rejectsWith(() => file.save(source, { size: BYTES.length, signal: abort.signal }), 'canceled').then(() => assert.equal(source.destroyed, true));
  }),

  leavesNothing('a cancel while the source is silent', (file) => {
    const abort = new AbortController();
    const source = new Readable({
      read() {
        setImmediate(() => abort.abort());
      },
    });
    source.push(BYTES.subarray(0, 100 * KIB));
    return rejectsWith(() => file.save(source, { size: BYTES.length, signal: abort.signal }), 'canceled');
  }),

  leavesNothing('a cancel while the stored bytes are proven', (file) => {
    const abort = new AbortController();
    return rejectsWith(() => file.save(sourceOf(BYTES), { size: BYTES.length, signal: abort.signal, onRung: () => abort.abort() }), 'canceled');
  }),

  leavesNothing('a cancel before the start', async (file) => {
    const watch = watchSink(file);
    const source = sourceOf(BYTES);
    await rejectsWith(() => file.save(source, { size: BYTES.length, signal: AbortSignal.abort() }), 'canceled');
    assert.equal(watch.opened, 0);
    assert.equal(source.destroyed, true);
  }),

  leavesNothing('a source that changed while it was read', (file) =>
    rejectsWith(() => file.save(sourceOf(BYTES), { size: BYTES.length, beforeCommit: () => Promise.reject(new StorageError('source_changed', 'It changed.')) }), 'source_changed'),
  ),

  leavesNothing('a storage that flips a byte fails with both digests', async (file) => {
    let bad = false;
    watchSink(file, (piece) => {
      if (bad) return piece;
      bad = true;
      const copy = Buffer.from(piece);
      copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
      return copy;
    });
    const error = await mismatch(file);
    if (error === null) return file.delete();
    const { expected, found } = error.context;
    assert.ok(typeof expected === 'string' && typeof found === 'string' && expected !== found && expected.includes(':') && found.includes(':'), `the context holds ${String(expected)} and ${String(found)}`);
    assert.ok(error.message.includes(expected) && error.message.includes(found), 'the message names both');
  }),

  leavesNothing('a storage that loses the last byte', (file) => {
    let seen = 0;
    watchSink(file, (piece) => {
      seen += piece.length;
      return seen < BYTES.length ? piece : piece.subarray(0, -1);
    });
    return rejectsWith(() => file.save(sourceOf(BYTES)), 'size_mismatch', 'checksum_mismatch');
  }),

  onLocation('nothing is seen under the name before it is proven, where the storage says so', async (location) => {
    const old = pattern(1000, 1);
    const fresh = location.file('fresh.bin');
    await store(location, PATH, old);
    if (!location.capabilities.atomicPublish) return;
    const rungs: string[] = [];
    await fresh.save(sourceOf(BYTES), { onRung: (rung) => rungs.push(rung), beforeCommit: async () => void (await rejectsWith(() => location.file('fresh.bin').open(), 'not_found')) });
    assert.ok(rungs.length > 0);
    let proven = 0;
    await location.file(PATH).save(sourceOf(BYTES), {
      onRung: () => {
        proven += 1;
      },
      beforeCommit: async () => {
        assert.ok(proven > 0, 'proven before the commit');
        sameBytes(await contents(location, PATH), old, 'the old contents until the commit');
      },
    });
    sameBytes(await readAll(await location.file(PATH).open()), BYTES, 'the new contents after it');
  }),
];
