import { expectStored } from '../harness/expect-stored.ts';
import { dragFiles, dropFiles } from '../harness/drop.ts';
import { hashTree, makeDesktopFiles, makeFile } from '../harness/files.ts';
import { watchTransfers } from '../harness/progress-watch.ts';
import { expect, test } from '../harness/test.ts';
import { fileGrid, fileRow, locationButton, openFolder, transfers } from '../harness/window.ts';

test('files and a folder dropped from the desktop stream into the Local library and end as read back', async ({ start, folders }) => {
  const files = await makeDesktopFiles(folders.desktop);
  const { page } = await start();
  const seen = await watchTransfers(page);

  const drag = await dragFiles(page, files.dragged, fileGrid(page));
  await expect(page.getByText('Upload 4 items to Local library')).toBeVisible();
  await drag.drop();

  await expectStored(page, { profile: folders.profile, location: 'Local library', digests: files.digests, word: 'sha256 · read back', level: 3 });
  const { bars, words } = await seen();
  expect(bars[`Progress of ${files.large}`]?.some((value) => value > 0 && value < 100), 'the bar of the large file was seen on its way').toBe(true);
  expect(words).toEqual(expect.arrayContaining(['Uploading', 'Reading back']));
  expect(await hashTree(folders.library)).toEqual(files.digests);
  await expect(fileRow(page, 'Messungen 測定')).toBeVisible();
  await expect(fileRow(page, files.large)).toContainText('sha256 · read back');
});

test('a drop on a folder row goes into that folder, a drop on a location goes there, beside them nothing happens', async ({ start, folders }) => {
  const first = await makeFile(`${folders.desktop}/first.txt`, 100);
  const second = await makeFile(`${folders.desktop}/second.txt`, 200);
  const stray = await makeFile(`${folders.desktop}/stray.txt`, 300);
  const { page } = await start();
  await page.keyboard.press('Control+Shift+N');
  const dialog = page.getByRole('dialog', { name: 'New folder' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Fotos 2026');
  await dialog.getByRole('button', { name: 'Create' }).click();

  const drag = await dragFiles(page, [first], fileGrid(page));
  await drag.over(fileRow(page, 'Fotos 2026'));
  await expect(page.getByText('Upload 1 item to Local library › Fotos 2026')).toBeVisible();
  await drag.drop();
  await expect(transfers(page).getByText('1 done')).toBeVisible();
  await openFolder(page, 'Fotos 2026');
  await expect(fileRow(page, 'first.txt')).toContainText('sha256 · read back');

  // The location's button means its root, whatever folder is shown.
  await dropFiles(page, [second], locationButton(page, 'Local library'));
  await expect(transfers(page).getByText('2 done')).toBeVisible();
  await dropFiles(page, [stray], page.getByRole('heading', { name: 'Holdfast', level: 1 }));
  await locationButton(page, 'Local library').click();
  await expect(fileRow(page, 'second.txt')).toContainText('sha256 · read back');
  await expect(fileRow(page, 'stray.txt')).toHaveCount(0);
  expect(Object.keys(await hashTree(folders.library))).toEqual(['Fotos 2026/first.txt', 'second.txt']);
});
