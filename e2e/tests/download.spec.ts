import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dropFiles } from '../harness/drop.ts';
import { hashTree, makeDesktopFiles } from '../harness/files.ts';
import { answerOpenDialog, answerSaveDialog } from '../harness/native-dialogs.ts';
import { expect, test } from '../harness/test.ts';
import { addHttpLocation, fileGrid, fileRow, transfers } from '../harness/window.ts';

test('files and folders are downloaded, proven by the digest that the server computes', async ({ start, serve, folders }) => {
  const files = await makeDesktopFiles(folders.desktop);
  const count = Object.keys(files.digests).length;
  const target = `${folders.profile}-downloads`;
  await mkdir(target);
  const server = await serve();
  const { page, electron } = await start();
  await addHttpLocation(page, { name: 'Archive', address: server.url() });
  await dropFiles(page, files.dragged, fileGrid(page));
  await expect(transfers(page).getByText(`${count} done`)).toBeVisible({ timeout: 50_000 });

  await answerOpenDialog(electron, [target]);
  await fileRow(page, files.large).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Control+D');
  await expect(transfers(page).getByText(`${2 * count} done`)).toBeVisible({ timeout: 50_000 });
  expect(await hashTree(target)).toEqual(files.digests);
});

test('a download that arrives with other bytes is red, and nothing lies under its name', async ({ start, serve, folders }) => {
  await writeFile(`${folders.desktop}/plate.tiff`, 'the right bytes');
  const target = `${folders.profile}-downloads`;
  await mkdir(target);
  const server = await serve();
  const { page, electron } = await start();
  await addHttpLocation(page, { name: 'Archive', address: server.url() });
  await dropFiles(page, [`${folders.desktop}/plate.tiff`], fileGrid(page));
  await expect(fileRow(page, 'plate.tiff')).toContainText('sha256 · server digest');

  server.faults.set({ fault: { kind: 'status', status: 200, body: 'the wrong bytes' }, method: 'GET', path: 'plate.tiff', times: 1 });
  await answerOpenDialog(electron, [target]);
  await fileRow(page, 'plate.tiff').click();
  await page.keyboard.press('Control+D');
  await expect(transfers(page).getByText('Checksum mismatch').first()).toBeVisible({ timeout: 50_000 });
  expect(await hashTree(target)).toEqual({});
});

test('receipts are exported as SHA256SUMS that coreutils accepts', async ({ start, folders }) => {
  const files = await makeDesktopFiles(folders.desktop);
  const { page, electron } = await start();
  await dropFiles(page, files.dragged, fileGrid(page));
  await expect(transfers(page).getByText(`${Object.keys(files.digests).length} done`)).toBeVisible({ timeout: 50_000 });

  const list = `${folders.profile}-SHA256SUMS`;
  await answerSaveDialog(electron, list);
  await page.getByRole('button', { name: 'Receipts', exact: true }).click();
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'SHA256SUMS…' }).click();
  await expect.poll(() => readFile(list, 'utf8').catch(() => '')).not.toBe('');
  const answers = execFileSync('sha256sum', ['--check', '--strict', list], { cwd: folders.library, encoding: 'utf8' });
  expect(answers.trim().split('\n')).toHaveLength(Object.keys(files.digests).length);
  expect(answers).not.toContain('FAILED');
});
