import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFolders } from './make-folders.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-folders-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('makes all that are missing, and is content with those that are there', async () => {
  const deep = join(folder, 'a', 'b', 'c');
  await makeFolders(deep);
  await makeFolders(deep);
  expect((await stat(deep)).isDirectory()).toBe(true);
});

test('a file in the way is told', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(makeFolders(join(folder, 'file', 'x'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test.runIf(process.platform === 'linux')('ends where nothing can be made', async () => {
  await expect(makeFolders('/proc/nowhere/at/all')).rejects.toMatchObject({ code: 'ENOENT' });
});
