import { readdir } from 'node:fs/promises';
import { expect, test } from '../harness/test.ts';
import { fileGrid, locationButton } from '../harness/window.ts';

test('the first start shows the Local library, ready to use', async ({ start, folders }) => {
  const { page } = await start();
  await expect(locationButton(page, 'Local library')).toHaveAccessibleName('Local library connected');
  await expect(page.getByRole('navigation', { name: 'Folders' }).getByRole('button', { name: 'Local library' })).toHaveAttribute('aria-current', 'location');
  await expect(fileGrid(page)).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Drop files here' })).toBeVisible();
  await expect(page.getByText('stored in Local library')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Upload', exact: true })).toBeEnabled();
  // An error or a notice would be an alert or a line of its own.
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Notices' })).toHaveCount(0);
  // A folder that is a place for files, and nothing of the app's own in it.

  expect(await readdir(folders.library)).toEqual([]);
});
