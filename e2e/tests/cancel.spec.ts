import { readdir, stat } from 'node:fs/promises';
import { cli } from '../harness/cli.ts';
import { dropFiles } from '../harness/drop.ts';
import { makeFile, makeSparseFile } from '../harness/files.ts';
import { expect, test } from '../harness/test.ts';
import { addHttpLocation, fileGrid, fileRow, transferRow } from '../harness/window.ts';

test('canceling in the middle of 500 MB leaves nothing on the server', async ({ start, serve, folders }) => {
  const server = await serve();
  const file = await makeFile(`${folders.desktop}/half.bin`, 500_000_000);
  const { page } = await start();
  await addHttpLocation(page, { name: 'Archive', address: server.url() });
  // So slow that the middle lasts: whatever the machine, it is canceled on the way.
  server.faults.set({ fault: { kind: 'slow', bytesPerSecond: 40_000_000 }, method: 'PUT' });
  await dropFiles(page, [file], fileGrid(page));
  const row = transferRow(page, 'half.bin');
  await expect(async () => expect(Number(await row.getByRole('progressbar').getAttribute('aria-valuenow'))).toBeGreaterThan(5)).toPass({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Cancel half.bin' }).click();

  await expect(row).toContainText('Canceled');
  await expect(page.getByText('No open transfers')).toBeVisible();
  expect(await server.residue()).toEqual([]);
  await expect(fileRow(page, 'half.bin')).toHaveCount(0);
  expect((await stat(file)).size, 'the source is whole').toBe(500_000_000);
  expect((await cli(folders.profile, ['receipts', 'list'])).rows).toEqual([]);
});

test('canceling in the middle of a large local copy leaves nothing in the folder', async ({ start, folders }) => {
  // Far too large to be copied before somebody presses a button; takes no room on the disk.
  const file = await makeSparseFile(`${folders.desktop}/endless.bin`, 20_000_000_000);
  const { page } = await start();
  await dropFiles(page, [file], fileGrid(page));
  const row = transferRow(page, 'endless.bin');
  await expect(async () => expect(Number(await row.getByRole('progressbar').getAttribute('aria-valuenow'))).toBeGreaterThanOrEqual(1)).toPass({ timeout: 30_000 });
  expect(await readdir(folders.library), 'under way it is there, under a partial name').toHaveLength(1);
  expect(await readdir(folders.library)).not.toContain('endless.bin');
  await page.getByRole('button', { name: 'Cancel endless.bin' }).click();

  await expect(row).toContainText('Canceled');
  await expect(page.getByText('No open transfers')).toBeVisible();
  expect(await readdir(folders.library)).toEqual([]);
  await expect(fileRow(page, 'endless.bin')).toHaveCount(0);
  expect((await cli(folders.profile, ['receipts', 'list'])).rows).toEqual([]);
});
