import type { Page } from '@playwright/test';
import { expectStored } from '../harness/expect-stored.ts';
import { hashTree, makeDesktopFiles } from '../harness/files.ts';
import { answerOpenDialog } from '../harness/native-dialogs.ts';
import { expect, test } from '../harness/test.ts';
import { fileGrid, fileRow, inspector } from '../harness/window.ts';

test('the same by keyboard alone: Upload…, the table, the inspector', async ({ start, folders }) => {
  const files = await makeDesktopFiles(folders.desktop, 4_000_000);
  const { page, electron } = await start();
  await answerOpenDialog(electron, files.dragged.slice(0, 3));
  await tabTo(page, 'Upload');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Files…' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(fileRow(page, 'notes.txt')).toContainText('sha256 · read back');

  await answerOpenDialog(electron, files.dragged.slice(3));
  await tabTo(page, 'Upload');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Files…' })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('menuitem', { name: 'Folder…' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expectStored(page, { profile: folders.profile, location: 'Local library', digests: files.digests, word: 'sha256 · read back', level: 3 });
  expect(await hashTree(folders.library)).toEqual(files.digests);

  await tabTo(page, 'Files');
  await page.keyboard.press('Home');
  await expect(fileRow(page, 'Messungen 測定')).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(fileRow(page, 'a.csv')).toBeVisible();
  await page.keyboard.press('End');
  await expect(fileRow(page, 'a.csv')).toHaveAttribute('aria-selected', 'true');
  await expect(inspector(page)).toContainText(files.digests['Messungen 測定/a.csv'] ?? 'no digest');
  await expect(inspector(page)).toContainText('Read back and hashed');
  await page.keyboard.press('Backspace');
  await expect(fileRow(page, 'notes.txt')).toBeVisible();

  await expect(fileGrid(page)).toBeFocused();
  await page.keyboard.type('not');
  await expect(fileRow(page, 'notes.txt')).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('F2');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('renamed.txt');
  await page.keyboard.press('Enter');
  await expect(fileRow(page, 'renamed.txt')).toBeVisible();
  await page.keyboard.press('Delete');
  await expect(page.getByRole('alertdialog', { name: 'Delete' })).toContainText('renamed.txt');
  await page.keyboard.press('Escape');
  await expect(fileRow(page, 'renamed.txt')).toBeVisible();
});

test('every shortcut of the window does what it says', async ({ start }) => {
  const { page } = await start();
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await page.keyboard.press('Control+K');
  await expect(palette).toBeVisible();
  await page.keyboard.type('receipts');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'No receipts yet' })).toBeVisible();
  await page.keyboard.press('Control+/');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+F');
  await expect(page.getByRole('searchbox', { name: 'Filter' })).toBeFocused();
  await page.keyboard.press('Control+L');
  await expect(page.getByRole('textbox', { name: 'Address' })).toBeFocused();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+I');
  await expect(inspector(page)).toBeHidden();
  await page.keyboard.press('Control+N');
  await expect(page.getByRole('dialog', { name: 'Add location' })).toBeVisible();
});

/** Presses Tab until the element with that name has the focus, as somebody without a mouse has to. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let step = 0; step < 60; step += 1) {
    const focused = page.locator(':focus');
    if ((await focused.count()) === 1 && (await focused.evaluate((element) => element.getAttribute('aria-label') ?? element.textContent)) === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never came to ${name}.`);
}
