import assert from 'node:assert/strict';
import type { ConformanceCase, ConformanceHarness } from './conformance-harness.ts';
import { contents, leftInStorage, listed, onLocation, pattern, rejectsWith, sameBytes, store } from './subject.ts';
import type { StorageLocation } from '../storage-location.ts';

/** File names that people have. A storage keeps each exactly as it is, or refuses it. */
export const ODD_NAMES: readonly string[] = [
  'Caf\u00e9 M\u00fcnchen.txt',
  'Cafe\u0301 Mu\u0308nchen.txt',
  '\u{1f4f7} \u{1f469}\u200d\u{1f52c}.jpg',
  '\u65e5\u672c\u8a9e \u0627\u0644\u0639\u0631\u0628\u064a\u0629.txt',
  ' leading and  double spaces.txt',
  'trailing space ',
  '100%.txt',
  '%41%2F%00.txt',
  'a#b.txt',
  'what?.txt',
  'a?checksum=sha256',
  'a+b&c=d;e.txt',
  `"double" 'single' \`back\`.txt`,
  '-rf',
  '--help',
  '~home',
  '.hidden',
  'trailing dot.',
  '...',
  'colon: and |pipe< >star*.txt',
  'back\\slash.txt',
  'new\nline.txt',
  'CON',
  'nul.txt',
  `${'n'.repeat(251)}.bin`,
  `${'\u00fc'.repeat(125)}.bin2`,
];

const OUTSIDE: readonly string[] = ['..', '.', '', '../escape.bin', 'a/../../escape.bin', 'a/..', './a', 'a//b', '//etc/passwd', 'nul\0.bin', `${'n'.repeat(256)}`, `${'\u00fc'.repeat(128)}`];

const keepsName = (name: string): ConformanceCase =>
  onLocation(`keeps the name ${JSON.stringify(name.length > 60 ? `${name.slice(0, 20)}... (${Buffer.byteLength(name)} bytes)` : name)} exactly, or refuses it`, async (location, harness) => {
    const bytes = pattern(100, name.length);
    if (harness.refusedNames?.includes(name) === true) return refuses(location, harness, name);
    await store(location, name, bytes);
    sameBytes(await contents(location, name), bytes, 'read back');
    assert.deepEqual(await leftInStorage(harness), [name]);
    if (location.capabilities.read) {
      const found = await location.stat(name);
      assert.equal(found.name, name);
      assert.equal(found.path, name);
    }
    if (location.capabilities.list) assert.deepEqual((await listed(location, '')).map((file) => file.path), [name]);
    if (location.capabilities.makeDirectory) {
      await location.makeDirectory(`folder ${name.slice(0, 20)}`);
      await store(location, `folder ${name.slice(0, 20)}/${name}`, bytes);
      if (location.capabilities.list) assert.deepEqual((await listed(location, `folder ${name.slice(0, 20)}`)).map((file) => file.name), [name]);
    }
    if (!location.capabilities.delete || !location.capabilities.read) return;
    await location.file(name).delete();
    await rejectsWith(() => location.file(name).open(), 'not_found');
  });

async function refuses(location: StorageLocation, harness: ConformanceHarness, path: string): Promise<void> {
  const before = await leftInStorage(harness);
  // An async function, because the name may be refused at once or when it is used.
  await rejectsWith(async () => void (await store(location, path, pattern(10))), 'invalid_location');
  await rejectsWith(async () => void (await contents(location, path)), 'invalid_location');
  assert.deepEqual(await leftInStorage(harness), before);
}

export const NAMES: readonly ConformanceCase[] = [
  ...ODD_NAMES.map(keepsName),

  onLocation('refuses names that lead outside or are none', async (location, harness) => {
    for (const path of OUTSIDE) await refuses(location, harness, path);
  }),

  onLocation('folders, listings and moves refuse to leave the root too', async (location) => {
    const { capabilities } = location;
    const path = '../escape';
    await rejectsWith(async () => location.stat(path), 'invalid_location');
    if (capabilities.list) await rejectsWith(async () => listed(location, path), 'invalid_location');
    if (capabilities.makeDirectory) await rejectsWith(async () => location.makeDirectory(path), 'invalid_location');
    if (capabilities.delete) await rejectsWith(async () => location.remove(path, { recursive: true }), 'invalid_location');
    if (!capabilities.move) return;
    await store(location, 'inside.bin', pattern(1));
    await rejectsWith(async () => location.move('inside.bin', path), 'invalid_location');
    await rejectsWith(async () => location.move(path, 'inside2.bin'), 'invalid_location');
  }),
];
