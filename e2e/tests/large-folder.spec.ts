import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '../harness/test.ts';
import { fileGrid, fileRow } from '../harness/window.ts';

test('a folder of 20,000 files is listed and scrolled, with few rows in the page', async ({ start, folders }) => {
  await mkdir(folders.library, { recursive: true });
  const names = Array.from({ length: 20_000 }, (_, index) => `frame-${String(index).padStart(5, '0')}.tif`);
  for (let from = 0; from < names.length; from += 500) await Promise.all(names.slice(from, from + 500).map((name) => writeFile(join(folders.library, name), '')));
  const { page } = await start();
  const grid = fileGrid(page);
  await expect(grid).toHaveAttribute('aria-rowcount', '20001', { timeout: 30_000 });
  await expect(page.getByRole('contentinfo')).toContainText('20,000 items');

  await grid.focus();
  await page.keyboard.press('End');
  await expect(fileRow(page, 'frame-19999.tif')).toBeInViewport();
  await expect(fileRow(page, 'frame-19999.tif')).toHaveAttribute('aria-selected', 'true');
  await expect(grid).toHaveAttribute('aria-activedescendant', /./);
  expect(await grid.getByRole('row').count()).toBeLessThan(100);

  await page.keyboard.type('frame-12345');
  await expect(fileRow(page, 'frame-12345.tif')).toBeInViewport();
  await page.keyboard.press('Home');
  await expect(fileRow(page, 'frame-00000.tif')).toBeInViewport();
  await page.keyboard.press('Control+A');
  await expect(page.getByRole('contentinfo')).toContainText('20,000 selected');
  await grid.hover();
  await page.mouse.wheel(0, 300_000);
  await expect(fileRow(page, 'frame-10000.tif')).toBeAttached();
  await page.getByRole('searchbox', { name: 'Filter' }).fill('0777');
  await expect(page.getByRole('contentinfo')).toContainText('shown');
  await expect(fileRow(page, 'frame-00777.tif')).toBeInViewport();
});
