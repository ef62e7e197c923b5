import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cli } from '../harness/cli.ts';
import { dropFiles } from '../harness/drop.ts';
import { hashTree, makeFile } from '../harness/files.ts';
import { expect, test } from '../harness/test.ts';
import { addHttpLocation, fileGrid, fileRow, locationButton, openLocation, transferRow, transfers } from '../harness/window.ts';

test('after a restart the history, the receipts and what failed are there', async ({ start, serve, folders }) => {
  const server = await serve();
  const good = await makeFile(join(folders.desktop, 'good.bin'), 10_000);
  const bad = await makeFile(join(folders.desktop, 'bad.bin'), 10_000);
  server.faults.set({ fault: { kind: 'flip', at: 1 }, path: 'bad.bin' });
  const first = await start();
  await addHttpLocation(first.page, { name: 'Archive', address: server.url() });
  await dropFiles(first.page, [good, bad], fileGrid(first.page));
  await expect(transfers(first.page).getByText('1 failed').first()).toBeVisible();
  await expect(transferRow(first.page, 'good.bin')).toContainText('sha256 · server digest');
  await first.close();

  const { page } = await start();
  await expect(transferRow(page, 'good.bin')).toContainText('sha256 · server digest');
  await expect(transferRow(page, 'bad.bin').locator('.badge')).toHaveText('Checksum mismatch');
  await openLocation(page, 'Archive');
  await expect(locationButton(page, 'Archive')).toHaveAccessibleName('Archive connected');
  await expect(fileRow(page, 'good.bin')).toContainText('sha256 · server digest');
  await page.getByRole('button', { name: 'Receipts', exact: true }).click();
  await expect(page.getByRole('main')).toContainText('good.bin');
  await expect(page.getByRole('main')).not.toContainText('bad.bin');
  await expect(page.getByRole('contentinfo')).toContainText('1 receipt');
});

test('settings are kept', async ({ start }) => {
  const first = await start();
  await first.page.keyboard.press('Control+,');
  const dialog = first.page.getByRole('dialog', { name: 'Settings' });
  await dialog.getByText('Dark', { exact: true }).click();
  await expect(first.page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await first.close();
  const { page } = await start();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('killed in the middle of a batch, the next start goes on: everything proven, one receipt a file, nothing left over', async ({ start, folders }) => {
  const source = join(folders.desktop, 'batch');
  const count = 400;
  for (let index = 0; index < count; index += 1) await makeFile(join(source, `folder ${index % 7}`, `file ${index}.bin`), 150_000 + index);
  const first = await start();
  await dropFiles(first.page, [source], fileGrid(first.page));
  await expect(async () => expect(doneCount(await transfers(first.page).textContent())).toBeGreaterThan(10)).toPass({ timeout: 30_000, intervals: [20] });
  await first.kill();
  const before = await readdir(folders.library, { recursive: true, withFileTypes: true });
  expect(before.filter((entry) => entry.isFile()).length, 'it was really in the middle').toBeLessThan(count);

  const { page } = await start();
  await expect(transfers(page).getByText(`${count} done`, { exact: true })).toBeVisible({ timeout: 50_000 });
  await expect(transfers(page).getByText('failed')).toHaveCount(0);
  expect(await hashTree(join(folders.library, 'batch'))).toEqual(await hashTree(source));
  expect(await readdir(folders.library)).toEqual(['batch']);
  const { rows } = await cli(folders.profile, ['receipts', 'list']);
  const paths = rows.map((row) => (row['destination'] as { endpoint: { path: string } }).endpoint.path);
  expect(paths).toHaveLength(count);
  expect(new Set(paths).size).toBe(count);
  expect(rows.every((row) => (row['evidence'] as readonly { level: number }[]).some(({ level }) => level === 3)), 'each was read back').toBe(true);
});

test('killed while a server takes a file, the next start sends it again and proves it', async ({ start, serve, folders }) => {
  const server = await serve();
  const files = await Promise.all([1, 2, 3, 4, 5, 6].map((number) => makeFile(join(folders.desktop, `part ${number}.bin`), 3_000_000 * number)));
  const first = await start();
  await addHttpLocation(first.page, { name: 'Archive', address: server.url() });
  // The fifth and the sixth come to a halt on their way.
  server.faults.set({ fault: { kind: 'slow', bytesPerSecond: 500_000 }, method: 'PUT', path: /part [56]/ });
  await dropFiles(first.page, files, fileGrid(first.page));
  await expect(transfers(first.page).getByText('4 done')).toBeVisible({ timeout: 30_000 });
  await expect(transfers(first.page).getByText('2 active')).toBeVisible();
  await first.kill();
  server.faults.clear();

  const { page } = await start();
  await expect(transfers(page).getByText('6 done')).toBeVisible({ timeout: 50_000 });
  for (const [path, digest] of Object.entries(await hashTree(folders.desktop))) expect(await server.store.digest(path, 'sha256')).toBe(digest);
  expect(await server.residue()).toHaveLength(6);
  const { rows } = await cli(folders.profile, ['receipts', 'list']);
  expect(rows.map((row) => (row['destination'] as { endpoint: { path: string } }).endpoint.path).sort()).toEqual([1, 2, 3, 4, 5, 6].map((number) => `part ${number}.bin`));
});

function doneCount(text: string | null): number {
  return Number(/([\d,]+) done/.exec(text ?? '')?.[1]?.replaceAll(',', '') ?? 0);
}
