import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { seriousViolations } from '../harness/axe.ts';
import { dropFiles } from '../harness/drop.ts';
import { makeFile } from '../harness/files.ts';
import { expect, test } from '../harness/test.ts';
import { addHttpLocation, chooseBackend, fileGrid, fileRow, fillHttpLocation, locationButton, openLocation, transferRow, transfers, unfold } from '../harness/window.ts';

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious in the main states, ${theme}`, async ({ start, serve, certify, folders }) => {
    const server = await serve();
    const good = await makeFile(join(folders.desktop, 'good.bin'), 100_000);
    const bad = await makeFile(join(folders.desktop, 'bad.bin'), 100_000);
    const slow = await makeFile(join(folders.desktop, 'slow.bin'), 8_000_000);
    const { page } = await start();
    await page.emulateMedia({ colorScheme: theme });
    await expect.poll(() => page.evaluate(() => getComputedStyle(document.body).colorScheme + getComputedStyle(document.documentElement).colorScheme)).toContain(theme);
    const check = checker(page);
    await check('empty first start');

    await page.keyboard.press('Control+N');
    await expect(page.getByRole('dialog', { name: 'Add location' })).toBeVisible();
    await check('add-location dialog');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('dialog').getByRole('alert')).toBeVisible();
    await check('add-location dialog with problems');
    await chooseBackend(page.getByRole('dialog'), 'HTTP server');
    for (const part of ['More options', 'Proof and limits']) await unfold(page.getByRole('dialog'), part);
    await check('add-location dialog with everything open');
    await page.keyboard.press('Escape');

    const [known, renewed] = [await certify(), await certify()];
    const secure = await serve({}, known);
    const trusting = await fillHttpLocation(page, { name: 'Secure', address: secure.url() });
    await trusting.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('alertdialog', { name: 'Trust this server?' })).toBeVisible();
    await check('question whether to trust a server');
    await page.getByRole('button', { name: 'Trust this server', exact: true }).click();
    await expect(trusting).toBeHidden();
    secure.useCertificate(renewed);
    await locationButton(page, 'Secure').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Reconnect' }).click();
    await expect(page.getByRole('alertdialog', { name: 'This is not the server that you trusted' })).toBeVisible();
    await check('server that changed');
    await page.keyboard.press('Escape');

    await addHttpLocation(page, { name: 'Archive', address: server.url() });
    server.faults.set({ fault: { kind: 'flip', at: 1 }, path: 'bad.bin' }, { fault: { kind: 'slow', bytesPerSecond: 1_000_000 }, path: 'slow.bin', method: 'PUT' });
    await dropFiles(page, [good, bad, slow], fileGrid(page));
    await expect(transferRow(page, 'bad.bin').locator('.badge')).toHaveText('Checksum mismatch');
    await expect(transferRow(page, 'slow.bin').getByRole('progressbar')).toHaveAttribute('aria-valuenow', /[1-9]/);
    await fileRow(page, 'good.bin').click();
    await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText('The server computed the same sha256');
    await check('busy, failed mismatch, inspector with evidence');
    await page.getByRole('button', { name: 'Cancel slow.bin' }).click();
    await expect(transferRow(page, 'slow.bin')).toContainText('Canceled');
    await transferRow(page, 'good.bin').getByRole('button', { name: 'Details of good.bin' }).click();
    await check('all ended, details open');

    await dropFiles(page, [good], fileGrid(page));
    await expect(page.getByRole('alertdialog', { name: 'File already exists' })).toBeVisible();
    await check('conflict dialog');
    await page.getByRole('button', { name: 'Decide later' }).click();
    await expect(page.getByRole('alertdialog')).toBeHidden();
    await expect(transfers(page).getByText('1 waiting for you')).toBeVisible();
    await check('conflict waiting');

    await fileRow(page, 'good.bin').click({ button: 'right' });
    await expect(page.getByRole('menu')).toBeVisible();
    await check('menu of a file');
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await expect(page.getByRole('alertdialog', { name: 'Delete' })).toBeVisible();
    await check('delete dialog');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await expect(page.getByRole('menu')).toBeVisible();
    await check('upload menu');
    await page.keyboard.press('Escape');

    // HTTP has no request that makes a folder, so that dialog is offered in the Local library only.
    await openLocation(page, 'Local library');
    for (const [keys, name] of [['Control+,', 'Settings'], ['Control+/', 'Keyboard shortcuts'], ['Control+K', 'Command palette'], ['Control+Shift+N', 'New folder']] as const) {
      await page.keyboard.press(keys);
      await expect(page.getByRole('dialog', { name })).toBeVisible();
      await check(name);
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog', { name })).toBeHidden();
    }

    await page.getByRole('button', { name: 'Receipts', exact: true }).click();
    await expect(page.getByRole('main')).toContainText('good.bin');
    await check('receipts');
    server.faults.set({ fault: { kind: 'status', status: 403, body: 'Not for you.' } });
    await openLocation(page, 'Local library');
    await openLocation(page, 'Archive');
    await expect(page.getByRole('main').getByRole('alert')).toBeVisible();
    await check('folder that cannot be shown');
  });
}

/** All states are looked at before the test fails, so that one run shows everything. */
function checker(page: Page): (state: string) => Promise<void> {
  return async (state) => expect.soft(await seriousViolations(page), state).toEqual([]);
}
