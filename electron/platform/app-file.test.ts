import { join, sep } from 'node:path';
import { expect, test } from 'vitest';
import { appFile } from './app-file.ts';

const folder = join(sep, 'app', 'renderer');

test('a page of the window is found in its folder', () => {
  expect(appFile(folder, 'holdfast://app/assets/a%20b.js?x=1')).toBe(join(folder, 'assets', 'a b.js'));
});

test('dots that the address itself resolves stay inside', () => {
  expect(appFile(folder, 'holdfast://app/%2e%2e/main/main.js')).toBe(join(folder, 'main', 'main.js'));
});

test.each(['holdfast://other/index.html', 'https://app/index.html', 'holdfast://app/..%2f..%2fetc%2fpasswd'])('%s is not served', (address) => {
  expect(appFile(folder, address)).toBeNull();
});
