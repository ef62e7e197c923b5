import assert from 'node:assert/strict';
import { KIB, MIB, missingCode, onLocation, pattern, readAll, rejectsWith, sameBytes, savedContents, store } from './subject.ts';
import type { ConformanceCase } from './conformance-harness.ts';

const PATH = 'file.bin';

/** start, end (inclusive), and the same as arguments of `subarray` */
const ranges: readonly (readonly [string, { readonly start?: number; readonly end?: number }, number, number])[] = [
  ['from the start', { start: 0 }, 0, 1000],
  ['a middle part', { start: 10, end: 19 }, 10, 20],
  ['one byte', { start: 500, end: 500 }, 500, 501],
  ['the first bytes', { end: 9 }, 0, 10],
  ['the last byte', { start: 999 }, 999, 1000],
  ['beyond the end', { start: 990, end: 5000 }, 990, 1000],
  ['from the end', { start: 1000 }, 1000, 1000],
  ['from far beyond the end', { start: 5000, end: 6000 }, 1000, 1000],
];

export const READING: readonly ConformanceCase[] = [
  onLocation('reads ranges, beyond the end too, or says that it cannot', async (location) => {
    const bytes = pattern(1000);
    const file = await store(location, PATH, bytes);
    for (const [label, range, from, to] of ranges) {
      if (location.capabilities.rangeRead) sameBytes(await readAll(await file.open(range)), bytes.subarray(from, to), label);
      else await rejectsWith(() => file.open(range), 'unsupported');
    }
  }),

  onLocation('a range of an empty file is empty', async (location) => {
    if (!location.capabilities.rangeRead) return;
    const file = await store(location, PATH, Buffer.alloc(0));
    assert.equal((await readAll(await file.open({ start: 0, end: 9 }))).length, 0);
  }),

  onLocation('opening a missing file rejects before it resolves', async (location) => {
    const code = missingCode(location);
    await rejectsWith(() => location.file('missing.bin').open(), code);
    await rejectsWith(() => location.file('no/such/folder/missing.bin').open(), code);
    if (location.capabilities.rangeRead) await rejectsWith(() => location.file('missing.bin').open({ start: 5 }), code);
  }),

  onLocation('a canceled read never ends as if it were whole', async (location) => {
    const bytes = pattern(8 * MIB);
    const file = await store(location, PATH, bytes);
    if ((await savedContents(location, file)) === null) return;
    const abort = new AbortController();
    const stream = await file.open({ signal: abort.signal });
    let seen = 0;
    await assert.rejects(async () => {
      for await (const chunk of stream) {
        seen += (chunk as Buffer).length;
        abort.abort();
      }
    });
    assert.ok(seen < bytes.length);
    await assert.rejects(() => file.open({ signal: AbortSignal.abort() }));
  }),

  onLocation('a reader may stop early and others read on', async (location) => {
    const bytes = pattern(300 * KIB);
    const file = await store(location, PATH, bytes);
    if ((await savedContents(location, file)) === null) return;
    const first = await file.open();
    const second = await file.open();
    first.destroy();
    sameBytes(await readAll(second), bytes, 'the second reader');
  }),

  onLocation('the size of a file is known or null, and a missing file has none', async (location) => {
    const file = await store(location, PATH, pattern(1234));
    assert.equal((await file.size()) ?? 1234, 1234);
    const missing = location.file('missing.bin');
    const outcome = await missing.size().then((size) => size, () => 'rejected');
    assert.ok(outcome === null || outcome === 'rejected', `a missing file has ${outcome} bytes`);
  }),

  onLocation('a storage that only takes files finds none by its path', async (location) => {
    if (location.capabilities.read) return;
    await store(location, PATH, pattern(10));
    for (const path of [PATH, 'missing.bin']) {
      await rejectsWith(() => location.file(path).open(), 'unsupported');
      await rejectsWith(() => location.file(path).delete(), 'unsupported');
      await rejectsWith(() => location.stat(path), 'unsupported');
    }
    const { list, makeDirectory, move, update, initialize, noOverwrite } = location.capabilities;
    assert.deepEqual({ list, makeDirectory, move, update, initialize, noOverwrite }, { list: false, makeDirectory: false, move: false, update: false, initialize: false, noOverwrite: false }, 'all of these need a path');
  }),

  onLocation('deletes once; a second time there is nothing to delete', async (location, harness) => {
    const file = await store(location, PATH, pattern(10));
    if (!location.capabilities.delete) {
      await rejectsWith(() => file.delete(), 'unsupported');
      assert.deepEqual(await harness.residue(), [PATH]);
      return;
    }
    await file.delete();
    assert.deepEqual(await harness.residue(), []);
    await rejectsWith(() => file.delete(), 'not_found');
    await rejectsWith(() => file.open(), 'not_found', missingCode(location));
    await rejectsWith(() => location.stat(PATH), missingCode(location));
  }),
];
