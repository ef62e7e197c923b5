import { join } from 'node:path';
import { cli } from '../harness/cli.ts';
import { dropFiles } from '../harness/drop.ts';
import { filesWith, makeFile } from '../harness/files.ts';
import { startKeyring } from '../harness/keyring.ts';
import { expect, test } from '../harness/test.ts';
import { commandLines, seenIn, terminalOf, windowMemory } from '../harness/where-seen.ts';
import { requireServers } from '../harness/missing.ts';
import { addHttpLocation, addLocation, fileGrid, fileRow, fillHttpLocation, locationButton, openLocation } from '../harness/window.ts';
import { startOpenSsh } from '../servers/real/openssh.ts';
import { S3Fixture } from '../servers/s3-fixture.ts';

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

test('passwords of SFTP and secret keys and session tokens of S3 survive a restart, and are seen nowhere', async ({ start, folders }, testInfo) => {
  requireServers(testInfo, ['openssh']);
  test.setTimeout(120_000);
  const user = { accessKeyId: 'TEMPORARY', secretAccessKey: 'a-secret-key-that-nobody-may-read-0123', sessionToken: 'a-session-token-that-nobody-may-read-4567' };
  const [keyring, ssh, s3] = await Promise.all([startKeyring(join(folders.desktop, 'home')), startOpenSsh(), S3Fixture.start({ users: [user] })]);
  const secrets = [ssh.rw.password, user.secretAccessKey, user.sessionToken];
  try {
    s3.store.createBucket('archive');
    const home = await ssh.makeFolder(ssh.rw, 'archive');
    const file = await makeFile(join(folders.desktop, 'file.bin'), 10_000);
    const options = { switches: ['--password-store=gnome-libsecret'], environment: keyring.environment };
    const first = await start(options);
    const told = terminalOf(first.electron);
    await addLocation(first.page, { backend: 'SFTP server', name: 'Station', fields: { Address: `sftp://${ssh.rw.name}@127.0.0.1:${ssh.port}${home}`, 'Password or passphrase': ssh.rw.password, 'Trusted host key': ssh.hostKeys[0]?.fingerprint ?? '' } });
    await dropFiles(first.page, [file], fileGrid(first.page));
    await expect(fileRow(first.page, 'file.bin')).toContainText('server digest');
    await addLocation(first.page, { backend: 'S3', name: 'Bucket', fields: { 'Bucket and folder': 's3://archive/', 'Secret access key': user.secretAccessKey, 'Session token': user.sessionToken, Server: s3.endpoint(), 'Access key ID': user.accessKeyId } });
    await dropFiles(first.page, [file], fileGrid(first.page));
    await expect(fileRow(first.page, 'file.bin')).toContainText('server digest');
    expect(seenIn(await commandLines(), secrets)).toEqual([]);
    await first.close();

    const second = await start(options);
    const toldAgain = terminalOf(second.electron);
    for (const name of ['Station', 'Bucket']) {
      await openLocation(second.page, name);
      await expect(fileRow(second.page, 'file.bin')).toContainText('server digest');
      await expect(locationButton(second.page, name)).toHaveAccessibleName(`${name} connected`);
      await locationButton(second.page, name).click({ button: 'right' });
      await second.page.getByRole('menuitem', { name: 'Edit…' }).click();
      await expect(second.page.getByRole('dialog')).toContainText('A secret is stored.');
      await second.page.keyboard.press('Escape');
    }
    const memory = await windowMemory(second.page);
    expect(seenIn(memory, [home, user.accessKeyId]), 'what the window may know is found there').toEqual([home, user.accessKeyId]);
    expect(seenIn(memory, secrets)).toEqual([]);
    const lines = await commandLines();
    expect(seenIn(lines, [folders.profile])).toEqual([folders.profile]);
    expect(seenIn(lines, secrets)).toEqual([]);
    await second.close();
    expect(seenIn(Buffer.concat([told(), toldAgain()]), secrets)).toEqual([]);
    for (const secret of secrets) expect(await filesWith(folders.profile, secret)).toEqual([]);
  } finally {
    await Promise.all([keyring.stop(), ssh.stop(), s3.stop()]);
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
