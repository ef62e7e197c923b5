import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cli } from '../harness/cli.ts';
import { dropFiles } from '../harness/drop.ts';
import { makeFile } from '../harness/files.ts';
import { expect, test } from '../harness/test.ts';
import { addHttpLocation, fillHttpLocation, fileGrid, fileRow, locationButton, openLocation } from '../harness/window.ts';

test('a location that does not work is refused with the reason, and nothing is saved', async ({ start, serve, folders }) => {
  const gone = await serve();
  const address = gone.url();
  const locked = await serve({ token: 'the right one' });
  await gone.stop();
  const { page } = await start();

  const dialog = await fillHttpLocation(page, { name: 'Nowhere', address });
  await dialog.getByRole('button', { name: 'Save' }).click();
  const alert = dialog.getByRole('alert');
  await expect(alert).toContainText('Not reachable');
  await expect(alert).toContainText(new URL(address).host);
  await expect(alert).toContainText('Nothing was saved.');

  await dialog.getByRole('textbox', { name: 'Address' }).fill(locked.url());
  await dialog.getByLabel('Access token').fill('the-wrong-one');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(alert).toContainText('Sign-in refused');
  await expect(alert).not.toContainText('the-wrong-one');

  await dialog.getByRole('textbox', { name: 'Address' }).fill('');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(alert).toContainText('Address is needed.');
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  await expect(locationButton(page, 'Nowhere')).toHaveCount(0);
  const { rows } = await cli(folders.profile, ['locations', 'list']);
  expect(rows.map(({ name }) => name)).toEqual(['Local library']);
});

test('a location is added, tested, edited and removed; its files stay', async ({ start, serve, folders }) => {
  const server = await serve();
  const file = await makeFile(join(folders.desktop, 'kept.txt'), 10);
  const { page } = await start();
  const dialog = await fillHttpLocation(page, { name: 'Archive', address: server.url() });
  await dialog.getByRole('button', { name: 'Test' }).click();
  await expect(dialog.getByRole('status')).toContainText('It works', { timeout: 20_000 });
  expect(await server.residue(), 'a test leaves nothing behind').toEqual([]);
  await expect(locationButton(page, 'Archive')).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(locationButton(page, 'Archive')).toHaveAccessibleName('Archive connected');
  await dropFiles(page, [file], fileGrid(page));
  await expect(fileRow(page, 'kept.txt')).toContainText('sha256 · server digest');

  await locationButton(page, 'Archive').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Edit…' }).click();
  const edit = page.getByRole('dialog', { name: 'Edit location' });
  await edit.getByRole('textbox', { name: 'Name', exact: true }).fill('Renamed archive');
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(locationButton(page, 'Renamed archive')).toHaveAccessibleName('Renamed archive connected');

  await locationButton(page, 'Renamed archive').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Remove…' }).click();
  await page.getByRole('alertdialog', { name: 'Remove location' }).getByRole('button', { name: 'Remove' }).click();
  await expect(locationButton(page, 'Renamed archive')).toHaveCount(0);
  await openLocation(page, 'Local library');
  expect(await server.residue()).toEqual(['kept.txt']);
  expect(await readdir(folders.library)).toEqual([]);
});

test('a server that goes away is told, and is there again after Try again', async ({ start, serve }) => {
  const server = await serve();
  const { page } = await start();
  await addHttpLocation(page, { name: 'Archive', address: server.url() });
  await openLocation(page, 'Local library');
  server.faults.set({ fault: { kind: 'status', status: 503, body: 'Moving house.' } });
  await locationButton(page, 'Archive').click();
  const alert = page.getByRole('main').getByRole('alert');
  await expect(alert).toContainText('This folder cannot be shown', { timeout: 30_000 });
  await expect(alert).toContainText('Moving house.');
  server.faults.clear();
  await alert.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'Drop files here' })).toBeVisible();
});
