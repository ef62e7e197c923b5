import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import type { LocationOptions } from '../../../../shared/storage/location.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { localBackend } from './definition.ts';
import { newPartialName } from './partial-name.ts';

const posix = process.platform !== 'win32';
const root = posix && process.getuid?.() === 0;

let base = '';
let folder = '';

beforeEach(() => {
  base = mkdtempSync(path.join(realpathSync(tmpdir()), 'holdfast-special-'));
  folder = path.join(base, 'root');
  mkdirSync(folder);
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(base, { recursive: true, force: true });
});

const at = (...names: string[]) => path.join(folder, ...names);
const connect = (options: LocationOptions = {}, uri = folder): Promise<StorageLocation> => localBackend.connect({ uri, options, secret: null, proof: DEFAULT_PROOF_POLICY, sizeLimit: null });
const code = (expected: string) => expect.objectContaining({ name: 'StorageError', code: expected }) as unknown;
const save = (location: StorageLocation, name: string, text: string, options = {}) => location.file(name).save(Readable.from([Buffer.from(text)]), options);
async function read(location: StorageLocation, name: string): Promise<string> {
  return Buffer.concat((await (await location.file(name).open()).toArray()) as Buffer[]).toString();
}
async function names(location: StorageLocation, where = '') {
  const found: string[] = [];
  for await (const page of location.list(where)) found.push(...page.map(({ name, kind, readable }) => `${kind} ${name}${readable ? '' : ' (unreadable)'}`));
  return found.sort();
}

describe('connecting', () => {
  test('to a missing folder fails, or makes it when told so', async () => {
    await expect(connect({}, at('missing'))).rejects.toEqual(code('unavailable'));
    const location = await connect({ createRoot: true }, at('missing', 'deep'));
    expect((await save(location, 'a', 'x')).size).toBe(1);
  });

  test('to a file fails', async () => {
    writeFileSync(at('file'), '');
    await expect(connect({}, at('file'))).rejects.toEqual(code('invalid_config'));
  });

  test('leaves nothing of its trials, and neither does the probe', async () => {
    const location = await connect();
    expect((await location.probe()).ok).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('through a link goes to the real folder', async () => {
    symlinkSync(folder, path.join(base, 'link'));
    const location = await connect({}, path.join(base, 'link'));
    await save(location, 'a.txt', 'x');
    expect(readFileSync(at('a.txt'), 'utf8')).toBe('x');
  });

  test('clears partial files of dead processes away, and nothing else', async () => {
    const pid = spawnSync(process.execPath, ['-e', '']).pid;
    const own = newPartialName();
    const dead = own.replace(/-[0-9a-z]+-([0-9a-f]{12})/, `-${pid.toString(36)}-$1`);
    mkdirSync(at('sub'));
    for (const each of [own, dead, `${dead}.bak`, '.holdfast-mine.part', path.join('sub', dead)]) writeFileSync(at(each), 'x');
    const location = await connect();
    expect(readdirSync(folder).sort()).toEqual([own, `${dead}.bak`, '.holdfast-mine.part', 'sub'].sort());
    expect(await names(location)).toEqual([`file ${dead}.bak`, 'file .holdfast-mine.part', 'folder sub'].sort());
    await location.remove('sub');
    expect(existsSync(at('sub'))).toBe(false);
  });

  test('a folder that vanishes later is told as such', async () => {
    const location = await connect();
    mkdirSync(at('sub'));
    rmSync(at('sub'), { recursive: true });
    await expect(save(location, 'sub/a', 'x')).rejects.toEqual(code('not_found'));
    renameSync(folder, `${folder}-gone`);
    for (const attempt of [() => save(location, 'a', 'x'), () => names(location), () => location.stat('a'), () => location.makeDirectory('b')]) await expect(attempt()).rejects.toEqual(code('unavailable'));
    renameSync(`${folder}-gone`, folder);
  });

  test('a folder that vanishes during a save fails it', async () => {
    const location = await connect();
    await location.makeDirectory('sub');
    const saving = save(location, 'sub/a', 'x', { beforeCommit: () => Promise.resolve(rmSync(at('sub'), { recursive: true })) });
    await expect(saving).rejects.toEqual(code('not_found'));
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('durability', () => {
  /** the class of file handles is not exported */
  async function handleClass(): Promise<FileHandle> {
    const handle = await open(base, 'r');
    await handle.close();
    return Object.getPrototypeOf(handle) as FileHandle;
  }

  test('file and folder are synced before a save is said to be done', async () => {
    const location = await connect();
    const seen: string[] = [];
    const prototype = await handleClass();
    const sync = Reflect.get(prototype, 'sync') as FileHandle['sync'];
    vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
      seen.push((await this.stat()).isDirectory() ? `folder with ${String(existsSync(at('a')))}` : `file with ${String(existsSync(at('a')))}`);
      return sync.call(this);
    });
    await save(location, 'a', 'x');
    expect(seen).toEqual(['file with false', 'folder with true']);
    await location.makeDirectory('b');
    await location.move('a', 'b/a');
    await location.remove('b/a');
    expect(seen.length).toBe(2 + 1 + 2 + 1);
  });

  test('a file that cannot be synced is not published', async () => {
    const location = await connect();
    await save(location, 'a', 'old');
    const prototype = await handleClass();
    vi.spyOn(prototype, 'sync').mockRejectedValue(Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO', errno: -5 }));
    await expect(save(location, 'a', 'new')).rejects.toThrow(/EIO/);
    expect(readFileSync(at('a'), 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['a']);
  });
});

describe('what is kept', () => {
  test.runIf(posix)('permission bits, but none that give rights to others; those of the old file when none are given', async () => {
    const location = await connect();
    await save(location, 'a', 'x', { mode: 0o104640 });
    expect(statSync(at('a')).mode & 0o7777).toBe(0o640);
    await save(location, 'a', 'y');
    expect(statSync(at('a')).mode & 0o7777).toBe(0o640);
    await save(location, 'b', 'x', { mode: 0o666 });
    expect(statSync(at('b')).mode & 0o7777).toBe(0o666);
    await save(location, 'none', 'x', { mode: 0 });
    expect(statSync(at('none')).mode & 0o7777).toBe(0);
  });

  test('the time of modification to the millisecond', async () => {
    const location = await connect();
    const modified = new Date('2001-02-03T04:05:06.789Z');
    await save(location, 'a', 'x', { modified });
    expect((await location.stat('a')).modified).toBe(modified.toISOString());
  });

  test('other names of the old file keep the old contents', async () => {
    const location = await connect();
    writeFileSync(at('a'), 'old');
    linkSync(at('a'), at('b'));
    await save(location, 'a', 'new');
    expect([readFileSync(at('a'), 'utf8'), readFileSync(at('b'), 'utf8')]).toEqual(['new', 'old']);
  });

  test('an allocated file takes no space', async () => {
    const location = await connect();
    await location.file('a').initialize(1024 ** 3);
    expect(statSync(at('a')).size).toBe(1024 ** 3);
    if (posix) expect(statSync(at('a')).blocks).toBeLessThan(100);
  });
});

describe('moving', () => {
  test('between two names of one file drops one of them', async () => {
    const location = await connect();
    writeFileSync(at('a'), 'x');
    linkSync(at('a'), at('b'));
    await expect(location.move('a', 'b')).rejects.toEqual(code('already_exists'));
    await location.move('a', 'b', { overwrite: true });
    expect(readdirSync(folder)).toEqual(['b']);
    await location.move('b', 'b', { overwrite: true });
    expect(readdirSync(folder)).toEqual(['b']);
  });

  test('never puts a file in the place of a folder, nor a folder in that of a full one', async () => {
    const location = await connect();
    writeFileSync(at('file'), 'x');
    mkdirSync(at('full/inner'), { recursive: true });
    mkdirSync(at('other'));
    for (const [from, to] of [['file', 'full'], ['other', 'file'], ['other', 'full']] as const) await expect(location.move(from, to, { overwrite: true })).rejects.toEqual(code('already_exists'));
    await expect(location.move('other', 'full')).rejects.toEqual(code('already_exists'));
    expect(readdirSync(folder).sort()).toEqual(['file', 'full', 'other']);
  });

  test('a save never replaces a folder', async () => {
    const location = await connect();
    mkdirSync(at('full'));
    await expect(save(location, 'full', 'x')).rejects.toEqual(code('already_exists'));
    await expect(location.file('full').open()).rejects.toEqual(code('invalid_location'));
    await expect(location.file('full').delete()).rejects.toEqual(code('invalid_location'));
    expect(readdirSync(folder)).toEqual(['full']);
  });
});

describe.runIf(posix)('links', () => {
  beforeEach(() => {
    mkdirSync(path.join(base, 'outside'));
    writeFileSync(path.join(base, 'outside', 'secret'), 'secret');
    mkdirSync(at('inside'));
    writeFileSync(at('inside', 'file'), 'text');
    symlinkSync(path.join(base, 'outside'), at('out'));
    symlinkSync(path.join(base, 'outside', 'secret'), at('out-file'));
    symlinkSync('inside', at('in'));
    symlinkSync('inside/file', at('in-file'));
    symlinkSync('nothing', at('dangling'));
    symlinkSync('loop', at('loop'));
    symlinkSync('..', at('inside', 'up'));
  });

  const reaches = (location: StorageLocation, name: string) => [
    () => read(location, name),
    () => save(location, name, 'x'),
    () => location.file(name).update(Readable.from([Buffer.from('x')]), { seek: 0 }),
    () => location.file(name).checksum(),
    () => location.file('copy').copyFrom(location.file(name)),
  ];

  test.each(['refuse', 'follow'])('never lead outside (%s)', async (symlinks) => {
    const location = await connect({ symlinks });
    const either = expect.objectContaining({ code: expect.stringMatching(/invalid_location|unsupported/) as unknown }) as unknown;
    for (const name of ['out/secret', 'out/new', 'out-file', 'dangling', 'loop']) for (const attempt of reaches(location, name)) await expect(attempt(), name).rejects.toEqual(either);
    for (const attempt of [() => names(location, 'out'), () => location.stat('out/secret'), () => location.makeDirectory('out/new'), () => location.makeDirectory('out/a/b'), () => location.remove('out/secret'), () => location.file('out/secret').delete(), () => location.file('out/new').initialize(1), () => location.move('out/secret', 'got'), () => location.move('inside/file', 'out/file')])
      await expect(attempt()).rejects.toEqual(either);
    expect(readdirSync(path.join(base, 'outside'))).toEqual(['secret']);
    expect(readFileSync(path.join(base, 'outside', 'secret'), 'utf8')).toBe('secret');
    expect(readdirSync(folder).sort()).toEqual(['dangling', 'in', 'in-file', 'inside', 'loop', 'out', 'out-file']);
  });

  test('are shown as unreadable when refused', async () => {
    const location = await connect();
    for (const name of ['in/file', 'in-file']) for (const attempt of reaches(location, name)) await expect(attempt(), name).rejects.toEqual(code('unsupported'));
    await expect(names(location, 'in')).rejects.toEqual(code('unsupported'));
    expect(await names(location)).toEqual(['dangling', 'in', 'in-file', 'loop', 'out', 'out-file'].map((name) => `file ${name} (unreadable)`).concat('folder inside').sort());
    expect(readFileSync(at('inside', 'file'), 'utf8')).toBe('text');
  });

  test('inside the root are followed on demand; a save goes to the target and the link stays', async () => {
    const location = await connect({ symlinks: 'follow' });
    expect(await names(location)).toEqual(['folder in', 'folder inside', 'file in-file', 'file dangling (unreadable)', 'file loop (unreadable)', 'file out (unreadable)', 'file out-file (unreadable)'].sort());
    expect(await names(location, 'in')).toEqual(['file file', 'file up (unreadable)']);
    expect(await read(location, 'in/file')).toBe('text');
    await save(location, 'in-file', 'changed');
    expect(readFileSync(at('inside', 'file'), 'utf8')).toBe('changed');
    expect(lstatSync(at('in-file')).isSymbolicLink()).toBe(true);
    await save(location, 'in/new', 'x');
    expect(readdirSync(at('inside')).sort()).toEqual(['file', 'new', 'up']);
  });

  test.each(['refuse', 'follow'])('are removed and moved themselves, not what they lead to (%s)', async (symlinks) => {
    const location = await connect({ symlinks });
    await location.move('out', 'renamed');
    await location.remove('renamed', { recursive: true });
    await location.remove('in', { recursive: true });
    await location.file('in-file').delete();
    mkdirSync(at('tree'));
    symlinkSync(path.join(base, 'outside'), at('tree', 'out'));
    await location.remove('tree', { recursive: true });
    expect(existsSync(path.join(base, 'outside', 'secret'))).toBe(true);
    expect(readdirSync(at('inside')).sort()).toEqual(['file', 'up']);
  });
});

describe.runIf(posix)('what is no file', () => {
  test('a pipe and a socket never hang and are never replaced', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
    const location = await connect({ symlinks: 'follow' });
    for (const name of ['pipe', 'socket']) {
      await expect(location.file(name).open()).rejects.toEqual(code('unsupported'));
      await expect(save(location, name, 'x')).rejects.toEqual(code('unsupported'));
      await expect(location.file(name).update(Readable.from([Buffer.from('x')]), { seek: 0 })).rejects.toEqual(code('unsupported'));
    }
    expect(await names(location)).toEqual(['file pipe (unreadable)', 'file socket (unreadable)']);
    server.close();
  });

  test('a name that is no UTF-8 is shown, and does not stop its folder from being removed', async () => {
    mkdirSync(at('odd'));
    const odd = Buffer.concat([Buffer.from(at('odd')), Buffer.from([0x2f, 0x66, 0xff])]);
    try {
      writeFileSync(odd, 'x');
    } catch (error) {
      // macOS has no such names.
      expect(error).toMatchObject({ code: 'EILSEQ' });
      return;
    }
    const location = await connect();
    expect(await names(location, 'odd')).toEqual(['file f\ufffd (unreadable)']);
    await expect(location.file('odd/f\ufffd').open()).rejects.toEqual(code('not_found'));
    await location.remove('odd', { recursive: true });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('listing', () => {
  test('keeps working when entries come and go meanwhile', async () => {
    for (let count = 0; count < 1100; count++) writeFileSync(at(`f${count}`), '');
    const location = await connect();
    let seen = 0;
    for await (const page of location.list('')) {
      if (seen === 0) for (let count = 0; count < 1100; count++) rmSync(at(`f${count}`));
      seen += page.length;
      expect(page.length).toBeLessThanOrEqual(1000);
    }
    expect(seen).toBeGreaterThanOrEqual(500);
  });

  test('can be canceled', async () => {
    writeFileSync(at('a'), '');
    const location = await connect();
    await expect(location.list('', { signal: AbortSignal.abort() })[Symbol.asyncIterator]().next()).rejects.toEqual(code('canceled'));
  });

  test('a file of 1970 and one of the far future have a date', async () => {
    writeFileSync(at('a'), '');
    utimesSync(at('a'), 0, 0);
    const location = await connect();
    expect((await location.stat('a')).modified).toBe('1970-01-01T00:00:00.000Z');
  });
});

test.runIf(posix)('a folder without permission is told as such', async () => {
  mkdirSync(at('locked'));
  chmodSync(at('locked'), 0o555);
  chmodSync(base, 0o755);
  const location = await connect();
  // Root may do everything, so it becomes somebody else for a moment.
  if (root) process.seteuid?.(65_534);
  try {
    for (const attempt of [() => save(location, 'locked/a', 'x'), () => location.makeDirectory('locked/a'), () => location.file('locked/a').initialize(1)]) await expect(attempt()).rejects.toEqual(code('permission_denied'));
    const readOnly = await connect({}, at('locked'));
    expect((await readOnly.probe()).lines.some(({ ok, text }) => !ok && text.includes('no permission'))).toBe(true);
  } finally {
    if (root) process.seteuid?.(0);
  }
});
