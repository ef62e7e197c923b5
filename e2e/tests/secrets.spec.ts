import { join } from 'node:path';
import { cli } from '../harness/cli.ts';
import { dropFiles } from '../harness/drop.ts';
import { filesWith, makeFile } from '../harness/files.ts';
import { startKeyring } from '../harness/keyring.ts';
import { expect, test } from '../harness/test.ts';
import { addHttpLocation, fileGrid, fileRow, fillHttpLocation, locationButton } from '../harness/window.ts';

const TOKEN = 'a-token-that-nobody-may-read-0123456789';

test('without a keychain the window says so, keeps the secret for this run only and writes it nowhere', async ({ start, serve, folders }) => {
  const server = await serve({ token: TOKEN });
  const file = await makeFile(join(folders.desktop, 'file.bin'), 10_000);
  const first = await start({ switches: ['--password-store=basic'] });
  const dialog = await fillHttpLocation(first.page, { name: 'Guarded', address: server.url(), token: TOKEN });
  await expect(dialog).toContainText('It is kept only until Holdfast is closed');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(locationButton(first.page, 'Guarded')).toHaveAccessibleName('Guarded connected');
  await dropFiles(first.page, [file], fileGrid(first.page));
  await expect(fileRow(first.page, 'file.bin')).toContainText('sha256 · server digest');
  expect(await filesWith(folders.profile, TOKEN)).toEqual([]);
  await first.close();
  expect(await filesWith(folders.profile, TOKEN)).toEqual([]);

  const { page } = await start({ switches: ['--password-store=basic'] });
  await locationButton(page, 'Guarded').click();
  await expect(page.getByRole('main').getByRole('alert')).toContainText(/sign|secret|token/i);
  await expect(locationButton(page, 'Guarded')).toHaveAccessibleName('Guarded not reachable');
});

test('with the desktop’s keychain the secret survives a restart, encrypted', async ({ start, serve, folders }) => {
  const server = await serve({ token: TOKEN });
  const file = await makeFile(join(folders.desktop, 'file.bin'), 10_000);
  const keyring = await startKeyring(join(folders.desktop, 'home'));
  try {
    const options = { switches: ['--password-store=gnome-libsecret'], environment: keyring.environment };
    const first = await start(options);
    await addHttpLocation(first.page, { name: 'Guarded', address: server.url(), token: TOKEN });
    await dropFiles(first.page, [file], fileGrid(first.page));
    await expect(fileRow(first.page, 'file.bin')).toContainText('sha256 · server digest');
    await first.close();
    expect(await filesWith(folders.profile, TOKEN)).toEqual([]);

    const second = await start(options);
    await locationButton(second.page, 'Guarded').click();
    await expect(fileRow(second.page, 'file.bin')).toContainText('sha256 · server digest');
    await expect(locationButton(second.page, 'Guarded')).toHaveAccessibleName('Guarded connected');
    expect(await second.page.evaluate(() => (window as unknown as { holdfast: { request(route: string, input: object): Promise<unknown> } }).holdfast.request('locations.list', {}))).not.toHaveProperty('secret');
    expect(await second.page.content()).not.toContain(TOKEN);
    await second.close();
  } finally {
    await keyring.stop();
  }
});

test('the command line takes a secret from the environment and does not store it', async ({ serve, folders }) => {
  const server = await serve({ token: TOKEN });
  const add = ['locations', 'add', 'Guarded', '--backend', 'http', '--uri', server.url(), '--secret-env', 'HOLDFAST_TEST_TOKEN'];
  expect((await cli(folders.profile, add)).code, 'the variable is not set').toBe(1);
  expect((await cli(folders.profile, add, { HOLDFAST_TEST_TOKEN: TOKEN })).code).toBe(0);
  const refused = await cli(folders.profile, ['ls', 'Guarded:/']);
  expect(refused.code).toBe(2);
  expect((await cli(folders.profile, ['ls', 'Guarded:/'], { HOLDFAST_TEST_TOKEN: TOKEN })).code).toBe(0);
  expect(await filesWith(folders.profile, TOKEN)).toEqual([]);
});
