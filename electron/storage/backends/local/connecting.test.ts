import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { newPartialName } from '../../partial-name.ts';
import { TestFolder, code, isPosix, isRoot, save, shown } from './test-folder.ts';

const here = new TestFolder();

describe('connecting', () => {
  test('to a missing folder fails, or makes it when told so', async () => {
    await expect(here.connect({}, here.at('missing'))).rejects.toEqual(code('unavailable'));
    const location = await here.connect({ createRoot: true }, here.at('missing', 'deep'));
    expect((await save(location, 'a', 'x')).size).toBe(1);
  });

  test('to a file fails', async () => {
    writeFileSync(here.at('file'), '');
    await expect(here.connect({}, here.at('file'))).rejects.toEqual(code('invalid_config'));
  });

  test('leaves nothing of its trials, and neither does the probe', async () => {
    const location = await here.connect();
    expect((await location.probe()).ok).toBe(true);
    expect(readdirSync(here.folder)).toEqual([]);
  });

  test('through a link goes to the real folder', async () => {
    symlinkSync(here.folder, path.join(here.base, 'link'));
    const location = await here.connect({}, path.join(here.base, 'link'));
    await save(location, 'a.txt', 'x');
    expect(readFileSync(here.at('a.txt'), 'utf8')).toBe('x');
  });

  test('clears partial files of dead processes away, and nothing else', async () => {
    const pid = spawnSync(process.execPath, ['-e', '']).pid;
    const own = newPartialName();
    const dead = own.replace(/-[0-9a-z]+-([0-9a-f]{12})/, `-${pid.toString(36)}-$1`);
    mkdirSync(here.at('sub'));
    for (const each of [own, dead, `${dead}.bak`, '.holdfast-mine.part', path.join('sub', dead)]) writeFileSync(here.at(each), 'x');
    const location = await here.connect();
    expect(readdirSync(here.folder).sort()).toEqual([own, `${dead}.bak`, '.holdfast-mine.part', 'sub'].sort());
    expect(await shown(location)).toEqual([`file ${dead}.bak`, 'file .holdfast-mine.part', 'folder sub'].sort());
    await location.remove('sub');
    expect(existsSync(here.at('sub'))).toBe(false);
  });

  test('a folder that vanishes later is told as such', async () => {
    const location = await here.connect();
    mkdirSync(here.at('sub'));
    rmSync(here.at('sub'), { recursive: true });
    await expect(save(location, 'sub/a', 'x')).rejects.toEqual(code('not_found'));
    renameSync(here.folder, `${here.folder}-gone`);
    for (const attempt of [() => save(location, 'a', 'x'), () => shown(location), () => location.stat('a'), () => location.makeDirectory('b')]) await expect(attempt()).rejects.toEqual(code('unavailable'));
    renameSync(`${here.folder}-gone`, here.folder);
  });

  test('a folder that vanishes during a save fails it', async () => {
    const location = await here.connect();
    await location.makeDirectory('sub');
    const saving = save(location, 'sub/a', 'x', { beforeCommit: () => Promise.resolve(rmSync(here.at('sub'), { recursive: true })) });
    await expect(saving).rejects.toEqual(code('not_found'));
    expect(readdirSync(here.folder)).toEqual([]);
  });
});

test.runIf(isPosix)('a folder without permission is told as such', async () => {
  mkdirSync(here.at('locked'));
  chmodSync(here.at('locked'), 0o555);
  chmodSync(here.base, 0o755);
  const location = await here.connect();
  // Root may do everything, so it becomes somebody else for a moment.
  if (isRoot) process.seteuid?.(65_534);
  try {
    for (const attempt of [() => save(location, 'locked/a', 'x'), () => location.makeDirectory('locked/a'), () => location.file('locked/a').initialize(1)]) await expect(attempt()).rejects.toEqual(code('permission_denied'));
    const readOnly = await here.connect({}, here.at('locked'));
    expect((await readOnly.probe()).lines.some(({ ok, text }) => !ok && text.includes('no permission'))).toBe(true);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});
