import { dropFiles } from '../harness/drop.ts';
import { makeFile } from '../harness/files.ts';
import { expect, test } from '../harness/test.ts';
import { addHttpLocation, fileGrid, transferRow, transfers } from '../harness/window.ts';

test('uploads are limited, held back and gone on with where they were; a batch goes before others', async ({ start, serve, folders }, info) => {
  const server = await serve();
  const large = await makeFile(`${folders.desktop}/large.bin`, 40 * 1024 * 1024);
  const small = await makeFile(`${folders.desktop}/small.bin`, 1024);
  const { page } = await start();
  await addHttpLocation(page, { name: 'Archive', address: server.url() });

  await page.keyboard.press('Control+,');
  const settings = page.getByRole('dialog', { name: 'Settings' });
  await settings.getByRole('button', { name: /Limit of uploads/ }).click();
  await page.getByRole('option', { name: '2 MiB/s' }).click();
  await settings.screenshot({ path: info.outputPath('settings.png') });
  await settings.getByRole('button', { name: 'Close' }).last().click();

  await dropFiles(page, [large], fileGrid(page));
  const row = transferRow(page, 'large.bin');
  await expect(row.getByRole('progressbar')).toBeVisible();
  await expect(row).toContainText(/MiB\/s/, { timeout: 15_000 });

  await page.getByRole('button', { name: 'Pause large.bin' }).first().click();
  await expect(transfers(page)).toContainText('paused');
  await expect(row).toContainText('Queued');
  await page.screenshot({ path: info.outputPath('held-back.png') });

  // Others go on meanwhile.
  await dropFiles(page, [small], fileGrid(page));
  await expect(transferRow(page, 'small.bin')).toContainText('server digest', { timeout: 15_000 });
  await expect(row).toContainText('Queued');

  await page.getByRole('button', { name: 'large.bin before others' }).click();
  await expect(page.getByRole('button', { name: 'large.bin before others' })).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Control+,');
  await settings.getByRole('button', { name: /Limit of uploads/ }).click();
  await page.getByRole('option', { name: 'As fast as it goes' }).click();
  await settings.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('button', { name: 'Go on with large.bin' }).first().click();
  await expect(row).toContainText('server digest', { timeout: 30_000 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: info.outputPath('gone-on.png') });
  expect([...(await server.residue())].sort()).toEqual(['large.bin', 'small.bin']);
});
