import assert from 'node:assert/strict';
import { HASH_NAMES } from '../../../shared/storage/checksum.ts';
import type { ConformanceCase } from './conformance-harness.ts';
import { contents, leftInStorage, listed, onLocation, pattern, rejectsWith, sameBytes, store } from './subject.ts';

const names = (files: readonly { readonly name: string }[]) => files.map(({ name }) => name).sort();

export const LOCATIONS: readonly ConformanceCase[] = [
  onLocation('lists what is there with its size, or says that it cannot', async (location) => {
    await store(location, 'one.bin', pattern(1));
    await store(location, 'thousand.bin', pattern(1000));
    if (!location.capabilities.list) return void (await rejectsWith(() => listed(location, ''), 'unsupported'));
    const files = await listed(location, '');
    assert.deepEqual(names(files), ['one.bin', 'thousand.bin']);
    for (const { kind, path, name, size, uri, modified } of files) {
      const expected = name === 'one.bin' ? 1 : 1000;
      assert.equal(kind, 'file');
      assert.equal(path, name);
      assert.equal(size ?? expected, expected);
      assert.equal(uri, (await location.stat(path)).uri);
      assert.ok(modified === null || !Number.isNaN(Date.parse(modified)));
    }
  }),

  onLocation('lists more than one page of files, each once', async (location) => {
    if (!location.capabilities.list) return;
    const expected = Array.from({ length: 1200 }, (_, at) => `f${String(at).padStart(4, '0')}`);
    for (let at = 0; at < expected.length; at += 8) await Promise.all(expected.slice(at, at + 8).map((name) => store(location, name, Buffer.from(name))));
    assert.deepEqual(names(await listed(location, '')), expected);
  }),

  onLocation('an empty location lists as empty, a missing folder as missing', async (location) => {
    if (!location.capabilities.list) return;
    assert.deepEqual(await listed(location, ''), []);
    await rejectsWith(() => listed(location, 'missing'), 'not_found');
    await store(location, 'file.bin', pattern(1));
    await rejectsWith(() => listed(location, 'file.bin'), 'invalid_location', 'not_found');
  }),

  onLocation('stat tells what is there and rejects what is not', async (location) => {
    const file = await store(location, 'file.bin', pattern(77));
    if (!location.capabilities.read) return void (await rejectsWith(() => location.stat('file.bin'), 'unsupported'));
    const found = await location.stat('file.bin');
    assert.equal(found.kind, 'file');
    assert.equal(found.path, 'file.bin');
    assert.equal(found.name, 'file.bin');
    assert.equal(found.size ?? 77, 77);
    assert.equal(found.uri, file.uri);
    await rejectsWith(() => location.stat('missing.bin'), 'not_found');
  }),

  onLocation('makes folders with those above, twice without harm, or says that it cannot', async (location) => {
    if (!location.capabilities.makeDirectory) return void (await rejectsWith(() => location.makeDirectory('a'), 'unsupported'));
    await location.makeDirectory('a/b/c');
    await location.makeDirectory('a/b');
    assert.equal((await location.stat('a/b/c')).kind, 'folder');
    await store(location, 'a/b/c/file.bin', pattern(5));
    sameBytes(await contents(location, 'a/b/c/file.bin'), pattern(5), 'in a folder');
    if (location.capabilities.list) {
      assert.deepEqual((await listed(location, '')).map(({ kind, name, path }) => ({ kind, name, path })), [{ kind: 'folder', name: 'a', path: 'a' }]);
      assert.deepEqual((await listed(location, 'a/b/c')).map(({ kind, name, path }) => ({ kind, name, path })), [{ kind: 'file', name: 'file.bin', path: 'a/b/c/file.bin' }]);
    }
    await rejectsWith(() => location.makeDirectory('a/b/c/file.bin'), 'already_exists');
  }),

  onLocation('moves files and folders, never over another by accident, or says that it cannot', async (location, harness) => {
    await store(location, 'a.bin', pattern(10, 1));
    await store(location, 'b.bin', pattern(20, 2));
    if (!location.capabilities.move) {
      await rejectsWith(() => location.move('a.bin', 'c.bin'), 'unsupported');
      assert.deepEqual(await leftInStorage(harness), ['a.bin', 'b.bin']);
      return;
    }
    await rejectsWith(() => location.move('a.bin', 'b.bin'), 'already_exists');
    sameBytes(await contents(location, 'b.bin'), pattern(20, 2), 'not moved over');
    await rejectsWith(() => location.move('missing.bin', 'c.bin'), 'not_found');
    await location.move('a.bin', 'b.bin', { overwrite: true });
    sameBytes(await contents(location, 'b.bin'), pattern(10, 1), 'moved over on demand');
    await location.move('b.bin', 'c.bin');
    assert.deepEqual(await leftInStorage(harness), ['c.bin']);
    if (!location.capabilities.makeDirectory) return;
    await location.makeDirectory('from/inner');
    await location.move('c.bin', 'from/inner/c.bin');
    await location.move('from', 'to');
    assert.deepEqual(await leftInStorage(harness), ['to/inner/c.bin']);
    await rejectsWith(() => location.move('to', 'to/inner/to'), 'invalid_location');
    assert.deepEqual(await leftInStorage(harness), ['to/inner/c.bin']);
  }),

  onLocation('removes files and empty folders, full ones only on demand, or says that it cannot', async (location, harness) => {
    await store(location, 'a.bin', pattern(10, 1));
    if (!location.capabilities.delete || !location.capabilities.read) return void (await rejectsWith(() => location.remove('a.bin'), 'unsupported'));
    await location.remove('a.bin');
    await rejectsWith(() => location.remove('a.bin'), 'not_found');
    assert.deepEqual(await leftInStorage(harness), []);
    if (!location.capabilities.makeDirectory) return;
    await location.makeDirectory('full/inner');
    await store(location, 'full/inner/a.bin', pattern(1));
    await rejectsWith(() => location.remove('full'), 'already_exists');
    assert.deepEqual(await leftInStorage(harness), ['full/inner/a.bin']);
    await location.remove('full', { recursive: true });
    assert.deepEqual(await leftInStorage(harness), []);
    await rejectsWith(() => location.stat('full'), 'not_found');
    await location.makeDirectory('empty');
    await location.remove('empty');
    await rejectsWith(() => location.stat('empty'), 'not_found');
    await rejectsWith(() => location.remove('', { recursive: true }), 'invalid_location');
  }),

  onLocation('capabilities are one plain record, and the probe says something', async (location) => {
    const { capabilities } = location;
    assert.deepEqual(JSON.parse(JSON.stringify(capabilities)), capabilities);
    assert.ok(capabilities.serverDigest.every((algorithm) => HASH_NAMES.includes(algorithm)));
    const report = await location.probe();
    assert.equal(report.ok, true);
    assert.ok(report.lines.length > 0);
  }),
];
