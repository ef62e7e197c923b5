import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import type { StorageLocation } from '../../storage-location.ts';
import { inspect } from './entry.ts';
import { openRegular } from './open-regular.ts';
import { Root } from './root.ts';
import { TestFolder, code, isPosix, read, save, shown } from './test-folder.ts';

const here = new TestFolder();

describe.runIf(isPosix)('links', () => {
  beforeEach(() => {
    mkdirSync(path.join(here.base, 'outside'));
    writeFileSync(path.join(here.base, 'outside', 'secret'), 'secret');
    mkdirSync(here.at('inside'));
    writeFileSync(here.at('inside', 'file'), 'text');
    symlinkSync(path.join(here.base, 'outside'), here.at('out'));
    symlinkSync(path.join(here.base, 'outside', 'secret'), here.at('out-file'));
    symlinkSync('inside', here.at('in'));
    symlinkSync('inside/file', here.at('in-file'));
    symlinkSync('nothing', here.at('dangling'));
    symlinkSync('loop', here.at('loop'));
    symlinkSync('..', here.at('inside', 'up'));
  });

  const reaches = (location: StorageLocation, name: string) => [
    () => read(location, name),
    () => save(location, name, 'x'),
    () => location.file(name).update(Readable.from([Buffer.from('x')]), { seek: 0 }),
    () => location.file(name).checksum(),
    () => location.file('copy').copyFrom(location.file(name)),
  ];

  test.each(['refuse', 'follow'])('never lead outside (%s)', async (symlinks) => {
    const location = await here.connect({ symlinks });
    const either = expect.objectContaining({ code: expect.stringMatching(/invalid_location|unsupported/) as unknown }) as unknown;
    for (const name of ['out/secret', 'out/new', 'out-file', 'dangling', 'loop']) for (const attempt of reaches(location, name)) await expect(attempt(), name).rejects.toEqual(either);
    for (const attempt of [() => shown(location, 'out'), () => location.stat('out/secret'), () => location.makeDirectory('out/new'), () => location.makeDirectory('out/a/b'), () => location.remove('out/secret'), () => location.file('out/secret').delete(), () => location.file('out/new').initialize(1), () => location.move('out/secret', 'got'), () => location.move('inside/file', 'out/file')])
      await expect(attempt()).rejects.toEqual(either);
    expect(readdirSync(path.join(here.base, 'outside'))).toEqual(['secret']);
    expect(readFileSync(path.join(here.base, 'outside', 'secret'), 'utf8')).toBe('secret');
    expect(readdirSync(here.folder).sort()).toEqual(['dangling', 'in', 'in-file', 'inside', 'loop', 'out', 'out-file']);
  });

  test('are shown as unreadable when refused', async () => {
    const location = await here.connect();
    for (const name of ['in/file', 'in-file']) for (const attempt of reaches(location, name)) await expect(attempt(), name).rejects.toEqual(code('unsupported'));
    await expect(shown(location, 'in')).rejects.toEqual(code('unsupported'));
    expect(await shown(location)).toEqual(['dangling', 'in', 'in-file', 'loop', 'out', 'out-file'].map((name) => `file ${name} (unreadable)`).concat('folder inside').sort());
    expect(readFileSync(here.at('inside', 'file'), 'utf8')).toBe('text');
  });

  test('inside the root are followed on demand; a save goes to the target and the link stays', async () => {
    const location = await here.connect({ symlinks: 'follow' });
    expect(await shown(location)).toEqual(['folder in', 'folder inside', 'file in-file', 'file dangling (unreadable)', 'file loop (unreadable)', 'file out (unreadable)', 'file out-file (unreadable)'].sort());
    expect(await shown(location, 'in')).toEqual(['file file', 'file up (unreadable)']);
    expect(await read(location, 'in/file')).toBe('text');
    await save(location, 'in-file', 'changed');
    expect(readFileSync(here.at('inside', 'file'), 'utf8')).toBe('changed');
    expect(lstatSync(here.at('in-file')).isSymbolicLink()).toBe(true);
    await save(location, 'in/new', 'x');
    expect(readdirSync(here.at('inside')).sort()).toEqual(['file', 'new', 'up']);
  });

  test.each(['refuse', 'follow'])('are removed and moved themselves, not what they lead to (%s)', async (symlinks) => {
    const location = await here.connect({ symlinks });
    await location.move('out', 'renamed');
    await location.remove('renamed', { recursive: true });
    await location.remove('in', { recursive: true });
    await location.file('in-file').delete();
    mkdirSync(here.at('tree'));
    symlinkSync(path.join(here.base, 'outside'), here.at('tree', 'out'));
    await location.remove('tree', { recursive: true });
    expect(existsSync(path.join(here.base, 'outside', 'secret'))).toBe(true);
    expect(readdirSync(here.at('inside')).sort()).toEqual(['file', 'up']);
  });
});

describe.runIf(isPosix)('what is no file', () => {
  test('a pipe and a socket never hang and are never replaced', async () => {
    execFileSync('mkfifo', [here.at('pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(here.at('socket'), resolve));
    const location = await here.connect({ symlinks: 'follow' });
    for (const name of ['pipe', 'socket']) {
      await expect(location.file(name).open()).rejects.toEqual(code('unsupported'));
      await expect(save(location, name, 'x')).rejects.toEqual(code('unsupported'));
      await expect(location.file(name).update(Readable.from([Buffer.from('x')]), { seek: 0 })).rejects.toEqual(code('unsupported'));
    }
    expect(await shown(location)).toEqual(['file pipe (unreadable)', 'file socket (unreadable)']);
    server.close();
  });

  test.each(['pipe', 'link'])('a %s that takes the place of a file just before it is opened is refused and does not hang', async (kind) => {
    writeFileSync(here.at('file'), 'x');
    const root = await Root.open(here.folder, 'refuse');
    const entry = await inspect(root, here.folder, 'file');
    rmSync(here.at('file'));
    if (kind === 'pipe') execFileSync('mkfifo', [here.at('file')]);
    else symlinkSync('/etc/passwd', here.at('file'));
    await expect(openRegular('file', entry, 'read')).rejects.toMatchObject({ code: kind === 'pipe' ? 'unsupported' : 'ELOOP' });
  });

  test('a name that is no UTF-8 is shown, and does not stop its folder from being removed', async () => {
    mkdirSync(here.at('odd'));
    const odd = Buffer.concat([Buffer.from(here.at('odd')), Buffer.from([0x2f, 0x66, 0xff])]);
    try {
      writeFileSync(odd, 'x');
    } catch (error) {
      // macOS has no such names.
      expect(error).toMatchObject({ code: 'EILSEQ' });
      return;
    }
    const location = await here.connect();
    expect(await shown(location, 'odd')).toEqual(['file f\ufffd (unreadable)']);
    await expect(location.file('odd/f\ufffd').open()).rejects.toEqual(code('not_found'));
    await location.remove('odd', { recursive: true });
    expect(readdirSync(here.folder)).toEqual([]);
  });
});

describe('listing', () => {
  test('keeps working when entries come and go meanwhile', async () => {
    for (let count = 0; count < 1100; count++) writeFileSync(here.at(`f${count}`), '');
    const location = await here.connect();
    let seen = 0;
    for await (const page of location.list('')) {
      if (seen === 0) for (let count = 0; count < 1100; count++) rmSync(here.at(`f${count}`));
      seen += page.length;
      expect(page.length).toBeLessThanOrEqual(1000);
    }
    expect(seen).toBeGreaterThanOrEqual(500);
  });

  test('can be canceled', async () => {
    writeFileSync(here.at('a'), '');
    const location = await here.connect();
    await expect(location.list('', { signal: AbortSignal.abort() })[Symbol.asyncIterator]().next()).rejects.toEqual(code('canceled'));
  });

  test('a file of 1970 and one of the far future have a date', async () => {
    writeFileSync(here.at('a'), '');
    utimesSync(here.at('a'), 0, 0);
    const location = await here.connect();
    expect((await location.stat('a')).modified).toBe('1970-01-01T00:00:00.000Z');
  });
});
