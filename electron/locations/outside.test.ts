import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import nodePath, { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_PROOF_POLICY } from '../../shared/storage/evidence.ts';
import type { LocationConfig } from '../../shared/storage/location.ts';
import { isInside, requireOutside } from './outside.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-outside-'));
  await mkdir(join(root, 'data', 'sub'), { recursive: true });
  await mkdir(join(root, 'database'));
  await symlink(join(root, 'data'), join(root, 'link'));
});
afterAll(() => rm(root, { recursive: true }));

const config = (uri: string): LocationConfig => ({ id: 'l', name: 'Store', backend: 'local', uri, options: {}, secret: { kind: 'none' }, proof: DEFAULT_PROOF_POLICY, sizeLimit: null });

test.each([
  ['the folder itself', 'data', ''],
  ['a folder of its own', 'data', 'sub'],
  ['by a link', 'link', 'sub'],
])('is refused: %s', async (_what, source, folder) => {
  await expect(requireOutside(config(join(root, 'data')), folder, [join(root, source)])).rejects.toMatchObject({ code: 'invalid_location' });
});

test('a folder beside it, also one whose name begins alike, may be stored; and one inside the target too', async () => {
  await requireOutside(config(join(root, 'database')), '', [join(root, 'data')]);
  await requireOutside(config(root), '', [join(root, 'data', 'sub')]);
});

test.each([
  [nodePath.posix, '/a/b', '/a', true],
  [nodePath.posix, '/a', '/a', true],
  [nodePath.posix, '/ab', '/a', false],
  [nodePath.posix, '/a/..b', '/a', true],
  [nodePath.win32, 'C:\\A\\b', 'c:\\a', true],
  [nodePath.win32, 'D:\\a', 'C:\\a', false],
])('%#', (flavour, path, folder, expected) => {
  expect(isInside(flavour, path, folder)).toBe(expected);
});
