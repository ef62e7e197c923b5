import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { localBackend } from './definition.ts';
import { code } from './test-folder.ts';

// Other file systems than that of the temporary folder. Mounting them takes root on Linux and, for some, tools that may not be there;
// where they are missing these tests are shown as skipped.
const MIB = 1024 * 1024;
const mountsTmpfs = process.platform === 'linux' && process.getuid?.() === 0 && tryTmpfs();
const has = (tool: string) => mountsTmpfs && spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;

const undo: (() => void)[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const step of undo.splice(0).reverse()) step();
});

function tryTmpfs(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-mount-'));
  const works = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0;
  if (works) execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
  return works;
}

function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-mount-'));
  undo.push(() => rmSync(folder, { recursive: true }));
  return folder;
}

function mount(...words: readonly string[]): string {
  const folder = newFolder();
  execFileSync('mount', [...words, folder]);
  undo.push(() => execFileSync('umount', [folder]));
  return folder;
}

/** An image file as a disk, formatted with `format`. */
function disk(size: number, ...format: readonly [string, ...string[]]): string {
  const image = path.join(newFolder(), 'disk.img');
  writeFileSync(image, '');
  truncateSync(image, size);
  execFileSync(format[0], [...format.slice(1), image], { stdio: 'ignore' });
  const device = execFileSync('losetup', ['-f', '--show', image]).toString().trim();
  undo.push(() => execFileSync('losetup', ['-d', device]));
  return device;
}

const connect = (uri: string): Promise<StorageLocation> => localBackend.connect({ uri, options: {}, secret: null, proof: DEFAULT_PROOF_POLICY, sizeLimit: null });
const bytes = (size: number) => Readable.from(Array.from({ length: Math.ceil(size / MIB) }, (_, at) => Buffer.alloc(Math.min(MIB, size - at * MIB), at + 1)));
const save = (location: StorageLocation, name: string, size: number, options = {}) => location.file(name).save(bytes(size), options);

describe.runIf(mountsTmpfs)('a disk of 16 MiB', () => {
  const smallDisk = () => mount('-t', 'tmpfs', '-o', 'size=16m', 'tmpfs');

  test('that fills up fails the save, keeps the old file, leaves nothing, and takes smaller ones again', async () => {
    const folder = smallDisk();
    const location = await connect(folder);
    await save(location, 'a', MIB);
    const free = Number(/[\d,]+(?= bytes are free)/.exec((await location.probe()).lines.map(({ text }) => text).join('\n'))?.[0].replaceAll(',', ''));
    expect(free).toBe(15 * MIB);
    for (const options of [{ size: 40 * MIB }, {}, { overwrite: true }]) await expect(save(location, 'a', 40 * MIB, options)).rejects.toEqual(code('out_of_space'));
    await expect(save(location, 'b', 40 * MIB, { overwrite: false })).rejects.toEqual(code('out_of_space'));
    expect(readdirSync(folder)).toEqual(['a']);
    expect(statSync(path.join(folder, 'a')).size).toBe(MIB);
    await save(location, 'b', 14 * MIB);
    expect(readdirSync(folder).sort()).toEqual(['a', 'b']);
  });

  test('that fills up in an update fails it', async () => {
    const location = await connect(smallDisk());
    const file = location.file('a');
    await file.initialize(64 * MIB);
    await expect(file.update(bytes(40 * MIB), { seek: MIB })).rejects.toEqual(code('out_of_space'));
  });

  test('that is read-only can be read, says so, and refuses the rest', async () => {
    const folder = smallDisk();
    await save(await connect(folder), 'a', 10);
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    const location = await connect(folder);
    const { list, rangeRead, makeDirectory, move, delete: remove, initialize, update, noOverwrite, atomicPublish } = location.capabilities;
    expect([list, rangeRead]).toEqual([true, true]);
    expect([makeDirectory, move, remove, initialize, update, noOverwrite, atomicPublish]).toEqual(Array(7).fill(false));
    expect((await location.stat('a')).size).toBe(10);
    const file = location.file('a');
    for (const attempt of [() => save(location, 'b', 1), () => file.delete(), async () => file.initialize(1), () => file.update(bytes(1), { seek: 0 }), () => location.makeDirectory('c'), () => location.move('a', 'b'), () => location.remove('a')]) await expect(attempt()).rejects.toEqual(code('unsupported'));
    expect((await location.probe()).lines.some(({ ok, text }) => !ok && text.includes('read-only'))).toBe(true);
  });

  test('that becomes read-only later refuses with the reason', async () => {
    const folder = smallDisk();
    const location = await connect(folder);
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    await expect(save(location, 'b', 1)).rejects.toEqual(code('permission_denied'));
  });

  test('below the root is another disk: a move there is refused with what to do', async () => {
    const folder = newFolder();
    const location = await connect(folder);
    await location.makeDirectory('disk');
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', path.join(folder, 'disk')]);
    undo.push(() => execFileSync('umount', [path.join(folder, 'disk')]));
    await save(location, 'a', 10);
    await expect(location.move('a', 'disk/a')).rejects.toEqual(code('unsupported'));
    await expect(location.move('a', 'disk/a', { overwrite: true })).rejects.toEqual(code('unsupported'));
    expect(readdirSync(path.join(folder, 'disk'))).toEqual([]);
    await location.file('disk/a').copyFrom(location.file('a'));
    expect(readdirSync(path.join(folder, 'disk'))).toEqual(['a']);
  });
});

describe.runIf(has('mount.exfat-fuse') && has('mkfs.exfat'))('exFAT: no hard links, upper and lower case the same', () => {
  function exfat(): string {
    const folder = newFolder();
    execFileSync('mount.exfat-fuse', [disk(32 * MIB, 'mkfs.exfat'), folder], { stdio: 'ignore' });
    undo.push(() => execFileSync('umount', [folder]));
    return folder;
  }

  test('a save never replaces a name that differs in case only, and of many one wins', async () => {
    const folder = exfat();
    const location = await connect(folder);
    expect(location.capabilities).toMatchObject({ noOverwrite: true, atomicPublish: false });
    await save(location, 'Report.txt', 100, { overwrite: false });
    await expect(save(location, 'report.TXT', 10, { overwrite: false })).rejects.toEqual(code('already_exists'));
    const late = save(location, 'late.txt', 10, { overwrite: false, beforeCommit: async () => void (await save(location, 'LATE.txt', 20)) });
    await expect(late).rejects.toEqual(code('already_exists'));
    expect(statSync(path.join(folder, 'late.txt')).size).toBe(20);
    const outcomes = await Promise.allSettled([1, 2, 3].map((size) => save(location, 'one', size, { overwrite: false })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    expect(readdirSync(folder).sort()).toEqual(['LATE.txt', 'Report.txt', 'one']);
  });

  test('a rename may change the case only', async () => {
    const folder = exfat();
    const location = await connect(folder);
    await save(location, 'report.txt', 100);
    await save(location, 'other.txt', 1);
    await location.move('report.txt', 'Report.txt');
    expect(readdirSync(folder).sort()).toEqual(['Report.txt', 'other.txt']);
    await save(location, 'caf\u00e9', 1);
    await save(location, 'cafe\u0301', 2);
    await expect(location.move('caf\u00e9', 'cafe\u0301')).rejects.toEqual(code('already_exists'));
    await location.remove('caf\u00e9');
    await location.remove('cafe\u0301');
    await expect(location.move('Report.txt', 'OTHER.txt')).rejects.toEqual(code('already_exists'));
    await location.makeDirectory('folder');
    await location.move('folder', 'moved');
    await location.move('Report.txt', 'moved/r');
    expect(readdirSync(path.join(folder, 'moved'))).toEqual(['r']);
  });

  test('a name that it cannot keep fails clearly and leaves nothing', async () => {
    const folder = exfat();
    const location = await connect(folder);
    await expect(save(location, 'a?b', 10)).rejects.toThrow(/a\?b/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe.runIf(has('mkfs.btrfs'))('btrfs: copies are clones', () => {
  test('a copy is made without streaming, proven, with its time, and never over another on request', async () => {
    const folder = mount('-t', 'btrfs', disk(150 * MIB, 'mkfs.btrfs', '-q'));
    const location = await connect(folder);
    const modified = new Date('2001-02-03T04:05:06Z');
    await save(location, 'a', 8 * MIB);
    const copy = location.file('b');
    const streamed = vi.spyOn(copy, 'getSaveStream' as 'open');
    const { size, evidence } = await copy.copyFrom(location.file('a'), { modified });
    expect(streamed).not.toHaveBeenCalled();
    expect([size, evidence.at(-1)?.level]).toEqual([8 * MIB, 3]);
    expect(statSync(path.join(folder, 'b')).mtime).toEqual(modified);
    expect(readFileSync(path.join(folder, 'b')).equals(readFileSync(path.join(folder, 'a')))).toBe(true);
    await expect(copy.copyFrom(location.file('a'), { overwrite: false })).rejects.toEqual(code('already_exists'));
    await expect(location.file('c').copyFrom(location.file('missing'))).rejects.toEqual(code('not_found'));
    expect(readdirSync(folder).sort()).toEqual(['a', 'b']);
  });
});
