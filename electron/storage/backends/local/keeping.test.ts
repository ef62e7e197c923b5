import { existsSync, linkSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { TestFolder, code, isPosix, save } from './test-folder.ts';

const here = new TestFolder();

describe('durability', () => {
  /** the class of file handles is not exported */
  async function handleClass(): Promise<FileHandle> {
    const handle = await open(here.base, 'r');
    await handle.close();
    return Object.getPrototypeOf(handle) as FileHandle;
  }

  test('file and folder are synced before a save is said to be done', async () => {
    const location = await here.connect();
    const seen: string[] = [];
    const prototype = await handleClass();
    const sync = Reflect.get(prototype, 'sync') as FileHandle['sync'];
    vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
      seen.push((await this.stat()).isDirectory() ? `folder with ${String(existsSync(here.at('a')))}` : `file with ${String(existsSync(here.at('a')))}`);
      return sync.call(this);
    });
    await save(location, 'a', 'x');
    expect(seen).toEqual(['file with false', 'folder with true']);
    await location.makeDirectory('b');
    await location.move('a', 'b/a');
    await location.remove('b/a');
    expect(seen.length).toBe(2 + 1 + 2 + 1);
  });

  test('a file that cannot be allocated leaves nothing', async () => {
    const location = await here.connect();
    vi.spyOn(await handleClass(), 'truncate').mockRejectedValue(Object.assign(new Error('ENOSPC: no space left on device, ftruncate'), { code: 'ENOSPC', errno: -28 }));
    await expect(location.file('a').initialize(10)).rejects.toEqual(code('out_of_space'));
    expect(readdirSync(here.folder)).toEqual([]);
  });

  test('a file that cannot be synced is not published', async () => {
    const location = await here.connect();
    await save(location, 'a', 'old');
    const prototype = await handleClass();
    vi.spyOn(prototype, 'sync').mockRejectedValue(Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO', errno: -5 }));
    await expect(save(location, 'a', 'new')).rejects.toThrow(/EIO/);
    expect(readFileSync(here.at('a'), 'utf8')).toBe('old');
    expect(readdirSync(here.folder)).toEqual(['a']);
  });
});

describe('what is kept', () => {
  test.runIf(isPosix)('permission bits, but none that give rights to others; those of the old file when none are given', async () => {
    const location = await here.connect();
    await save(location, 'a', 'x', { mode: 0o104640 });
    expect(statSync(here.at('a')).mode & 0o7777).toBe(0o640);
    await save(location, 'a', 'y');
    expect(statSync(here.at('a')).mode & 0o7777).toBe(0o640);
    await save(location, 'b', 'x', { mode: 0o666 });
    expect(statSync(here.at('b')).mode & 0o7777).toBe(0o666);
    await save(location, 'none', 'x', { mode: 0 });
    expect(statSync(here.at('none')).mode & 0o7777).toBe(0);
  });

  test('the time of modification to the millisecond', async () => {
    const location = await here.connect();
    const modified = new Date('2001-02-03T04:05:06.789Z');
    await save(location, 'a', 'x', { modified });
    expect((await location.stat('a')).modified).toBe(modified.toISOString());
  });

  test('other names of the old file keep the old contents', async () => {
    const location = await here.connect();
    writeFileSync(here.at('a'), 'old');
    linkSync(here.at('a'), here.at('b'));
    await save(location, 'a', 'new');
    expect([readFileSync(here.at('a'), 'utf8'), readFileSync(here.at('b'), 'utf8')]).toEqual(['new', 'old']);
  });

  test('an allocated file takes no space', async () => {
    const location = await here.connect();
    await location.file('a').initialize(1024 ** 3);
    expect(statSync(here.at('a')).size).toBe(1024 ** 3);
    if (isPosix) expect(statSync(here.at('a')).blocks).toBeLessThan(100);
  });
});

describe('moving', () => {
  test('between two names of one file drops one of them', async () => {
    const location = await here.connect();
    writeFileSync(here.at('a'), 'x');
    linkSync(here.at('a'), here.at('b'));
    await expect(location.move('a', 'b')).rejects.toEqual(code('already_exists'));
    await location.move('a', 'b', { overwrite: true });
    expect(readdirSync(here.folder)).toEqual(['b']);
    await location.move('b', 'b', { overwrite: true });
    expect(readdirSync(here.folder)).toEqual(['b']);
  });

  test('never puts a file in the place of a here.folder, nor a folder in that of a full one', async () => {
    const location = await here.connect();
    writeFileSync(here.at('file'), 'x');
    mkdirSync(here.at('full/inner'), { recursive: true });
    mkdirSync(here.at('other'));
    for (const [from, to] of [['file', 'full'], ['other', 'file'], ['other', 'full']] as const) await expect(location.move(from, to, { overwrite: true })).rejects.toEqual(code('already_exists'));
    await expect(location.move('other', 'full')).rejects.toEqual(code('already_exists'));
    expect(readdirSync(here.folder).sort()).toEqual(['file', 'full', 'other']);
  });

  test('a name that is taken is refused before a byte is read', async () => {
    const location = await here.connect();
    await save(location, 'a', 'old');
    let asked = false;
    const source = new Readable({
      read() {
        asked = true;
        this.push(null);
      },
    });
    await expect(location.file('a').save(source, { overwrite: false })).rejects.toEqual(code('already_exists'));
    expect(asked).toBe(false);
  });

  test('a save never replaces a folder', async () => {
    const location = await here.connect();
    mkdirSync(here.at('full'));
    await expect(save(location, 'full', 'x')).rejects.toEqual(code('already_exists'));
    await expect(location.file('full').open()).rejects.toEqual(code('invalid_location'));
    await expect(location.file('full').delete()).rejects.toEqual(code('invalid_location'));
    expect(readdirSync(here.folder)).toEqual(['full']);
  });
});
