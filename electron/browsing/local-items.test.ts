import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LocalItems } from './local-items.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-items-'));
  await writeFile(join(folder, 'a.txt'), 'hello');
  await symlink(join(folder, 'a.txt'), join(folder, 'link'));
});
afterAll(() => rm(folder, { recursive: true }));

test('the window gets a token and a name, main keeps the path', async () => {
  const items = new LocalItems();
  const [file, directory] = await items.adopt([join(folder, 'a.txt'), folder]);
  expect(file).toMatchObject({ name: 'a.txt', kind: 'file', size: 5 });
  expect(directory).toMatchObject({ kind: 'folder', size: null });
  expect(JSON.stringify([file, directory])).not.toContain(folder);
  expect(items.path(file?.token ?? '')).toBe(join(folder, 'a.txt'));
});

test('a relative path, a missing file and a foreign token are refused', async () => {
  const items = new LocalItems();
  await expect(items.adopt(['a.txt'])).rejects.toMatchObject({ code: 'invalid_location' });
  await expect(items.adopt([join(folder, 'none')])).rejects.toMatchObject({ code: 'not_found' });
  expect(() => items.path('made up')).toThrow(expect.objectContaining({ code: 'invalid_config' }));
});
