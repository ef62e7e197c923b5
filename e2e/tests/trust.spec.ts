import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { cli } from '../harness/cli.ts';
import { dropFiles } from '../harness/drop.ts';
import { makeFile } from '../harness/files.ts';
import { expect, test } from '../harness/test.ts';
import { fileGrid, fileRow, fillHttpLocation, locationButton, openLocation, transferRow, unfold } from '../harness/window.ts';

const fingerprintOf = (cert: string) => new X509Certificate(cert).fingerprint256;
const question = (page: Page) => page.getByRole('alertdialog', { name: 'Trust this server?' });
const blocked = (page: Page) => page.getByRole('alertdialog', { name: 'This is not the server that you trusted' });

test('a certificate that nobody vouches for is shown, and trusted only after the user says so', async ({ start, serve, certify, folders }) => {
  const shown = await certify();
  const server = await serve({}, shown);
  const file = await makeFile(join(folders.desktop, 'file.bin'), 10_000);
  const { page } = await start();

  const dialog = await fillHttpLocation(page, { name: 'Archive', address: server.url() });
  await dialog.getByRole('button', { name: 'Test' }).click();
  await expect(question(page)).toContainText(fingerprintOf(shown.cert));
  await expect(question(page)).toContainText('CN=Holdfast test server');
  await expect(question(page)).toContainText('its authority is not known to this computer');
  await question(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(question(page)).toBeHidden();
  await expect(dialog.getByRole('alert')).toContainText('Server not trusted');
  expect(server.requests, 'nothing was said to it').toEqual([]);

  await dialog.getByRole('alert').getByRole('button', { name: 'Trust this server…' }).click();
  await question(page).getByRole('button', { name: 'Trust this server' }).click();
  await expect(dialog.getByRole('status')).toContainText('It works');
  await unfold(dialog, 'More options');
  await expect(dialog.getByRole('textbox', { name: 'Trusted certificate' })).toHaveValue(fingerprintOf(shown.cert));
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await dropFiles(page, [file], fileGrid(page));
  await expect(fileRow(page, 'file.bin')).toContainText('sha256 · server digest');
});

test('another certificate than the trusted one is blocked: it is explained, and there is no way to accept it', async ({ start, serve, certify, folders }) => {
  const [first, second] = [await certify(), await certify()];
  const server = await serve({}, first);
  const file = await makeFile(join(folders.desktop, 'file.bin'), 10_000);
  const { page } = await start();
  const dialog = await fillHttpLocation(page, { name: 'Archive', address: server.url() });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await question(page).getByRole('button', { name: 'Trust this server' }).click();
  await expect(dialog).toBeHidden();
  await expect(locationButton(page, 'Archive')).toHaveAccessibleName('Archive connected');

  server.useCertificate(second);
  const asked = server.requests.length;
  await dropFiles(page, [file], fileGrid(page));
  const row = transferRow(page, 'file.bin');
  await expect(row.locator('.badge')).toHaveText('Server not trusted', { timeout: 30_000 });
  await row.getByRole('button', { name: 'Why, and what to do…' }).click();
  await expect(blocked(page)).toContainText(fingerprintOf(second.cert));
  await expect(blocked(page)).toContainText(fingerprintOf(first.cert));
  await expect(blocked(page).getByRole('button', { name: 'Trust this server' })).toHaveCount(0);
  await expect(blocked(page).getByRole('button').filter({ hasText: /\w/ })).toHaveText(['Edit location…', 'Close']);
  await blocked(page).getByRole('button', { name: 'Edit location…' }).click();

  const edit = page.getByRole('dialog', { name: 'Edit location' });
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(blocked(page)).toBeVisible();
  await blocked(page).getByRole('button', { name: 'Close', exact: true }).last().click();
  expect(server.requests.length, 'nothing was said to the other server').toBe(asked);
  await unfold(edit, 'More options');
  await edit.getByRole('textbox', { name: 'Trusted certificate' }).fill(fingerprintOf(second.cert));
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(edit).toBeHidden();
  await row.getByRole('button', { name: 'Retry file.bin' }).click();
  await expect(row.locator('.badge')).toHaveText('sha256 · server digest');
});

test('a transfer that failed for want of trust asks in its row, and goes on when the server is trusted', async ({ start, serve, certify, folders }) => {
  const [known, unknown] = [await certify(), await certify()];
  const server = await serve({}, known);
  const file = await makeFile(join(folders.desktop, 'file.bin'), 10_000);
  const { page } = await start();
  const dialog = await fillHttpLocation(page, { name: 'Archive', address: server.url() });
  await unfold(dialog, 'More options');
  await dialog.getByRole('textbox', { name: 'Certificate authority' }).fill(known.caFile);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();

  server.useCertificate(unknown);
  await dropFiles(page, [file], fileGrid(page));
  const row = transferRow(page, 'file.bin');
  await row.getByRole('button', { name: 'Trust this server…' }).click({ timeout: 30_000 });
  await expect(question(page)).toContainText(fingerprintOf(unknown.cert));
  await question(page).getByRole('button', { name: 'Trust this server' }).click();
  await expect(row.locator('.badge')).toHaveText('sha256 · server digest');
});

test('Reconnect and an unreachable folder ask too', async ({ start, serve, certify }) => {
  const [known, unknown] = [await certify(), await certify()];
  const server = await serve({}, known);
  const { page } = await start();
  const dialog = await fillHttpLocation(page, { name: 'Archive', address: server.url() });
  await unfold(dialog, 'More options');
  await dialog.getByRole('textbox', { name: 'Certificate authority' }).fill(known.caFile);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await openLocation(page, 'Local library');

  server.useCertificate(unknown);
  await locationButton(page, 'Archive').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Reconnect' }).click();
  await question(page).getByRole('button', { name: 'Cancel' }).click();
  await locationButton(page, 'Archive').click();
  await page.getByRole('main').getByRole('alert').getByRole('button', { name: 'Trust this server…' }).click();
  await question(page).getByRole('button', { name: 'Trust this server' }).click();
  await expect(page.getByRole('heading', { name: 'Drop files here' })).toBeVisible();
  await expect(locationButton(page, 'Archive')).toHaveAccessibleName('Archive connected');
});

test('the command line names the fingerprint, and takes exactly that one', async ({ serve, certify, folders }) => {
  const [shown, other] = [await certify(), await certify()];
  const server = await serve({}, shown);
  const fingerprint = fingerprintOf(shown.cert);
  const add = (...more: string[]) => cli(folders.profile, ['locations', 'add', 'Archive', '--backend', 'http', '--uri', server.url(), ...more]);

  const refused = await add();
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(`--option certificate=${fingerprint}`);
  expect(refused.stderr).toContain('CN=Holdfast test authority');
  expect(refused.rows).toEqual([{ type: 'error', error: expect.objectContaining({ code: 'untrusted_server', trust: expect.objectContaining({ trust: 'unknown', trustValue: fingerprint }) as object }) as object }]);

  const wrong = await add('--trust', fingerprintOf(other.cert));
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain(`shows the fingerprint ${fingerprint}, not`);
  expect((await add('--trust', 'AB:CD')).code, 'no fingerprint at all').toBe(1);
  expect((await cli(folders.profile, ['locations', 'list'])).rows.map(({ name }) => name)).toEqual(['Local library']);

  expect((await add('--option', `caFile=${shown.caFile}`)).code).toBe(0);
  server.useCertificate(other);
  expect((await cli(folders.profile, ['ls', 'Archive:/'])).code).toBe(2);
  expect((await cli(folders.profile, ['locations', 'trust', 'Archive', fingerprint])).code).toBe(2);
  expect((await cli(folders.profile, ['locations', 'trust', 'Archive', fingerprintOf(other.cert).toLowerCase()])).code).toBe(0);
  expect((await cli(folders.profile, ['ls', 'Archive:/'])).code).toBe(0);

  server.useCertificate(shown);
  const changed = await cli(folders.profile, ['ls', 'Archive:/']);
  expect(changed.code).toBe(2);
  expect(changed.stderr).toContain('locations edit NAME --option certificate=');
  const replaced = await cli(folders.profile, ['locations', 'trust', 'Archive', fingerprint]);
  expect([replaced.code, replaced.stderr]).toEqual([2, expect.stringContaining('another one than the one that was trusted before') as unknown]);
  expect((await cli(folders.profile, ['locations', 'edit', 'Archive', '--option', `certificate=${fingerprint}`])).code).toBe(0);
  expect((await cli(folders.profile, ['ls', 'Archive:/'])).code).toBe(0);
});

test('the question is reached, read and left with the keyboard alone', async ({ start, serve, certify }) => {
  const server = await serve({}, await certify());
  const { page } = await start();
  const dialog = await fillHttpLocation(page, { name: 'Archive', address: server.url() });
  await dialog.getByRole('textbox', { name: 'Address' }).press('Enter');
  await expect(question(page)).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(question(page)).toBeHidden();
  await expect(dialog).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Address' }).press('Enter');
  await expect(question(page)).toBeVisible();
  for (let steps = 0; steps < 10 && (await page.evaluate(() => document.activeElement?.textContent)) !== 'Trust this server'; steps += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(locationButton(page, 'Archive')).toHaveAccessibleName('Archive connected');
});
