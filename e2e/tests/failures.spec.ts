import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Locator, Page } from '@playwright/test';
import { cli } from '../harness/cli.ts';
import { dropFiles } from '../harness/drop.ts';
import { makeFile } from '../harness/files.ts';
import { requireServers } from '../harness/missing.ts';
import { expect, test } from '../harness/test.ts';
import { chooseBackend, fileGrid, locationButton, openLocation, transferRow, unfold } from '../harness/window.ts';
import { startApache } from '../servers/real/apache.ts';
import { DAV_ACCOUNT } from '../servers/real/dav-account.ts';
import { startOpenSsh } from '../servers/real/openssh.ts';
import { S3Fixture, S3_FIXTURE_READER, S3_FIXTURE_USER } from '../servers/s3-fixture.ts';

const MIB = 1024 * 1024;
const themes = ['light', 'dark'] as const;

/** What the window looks like, for who wants to see it: in the folder of the test's results. */
async function picture(page: Page, path: (name: string) => string, name: string): Promise<void> {
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: path(`${name}-${colorScheme}.png`), animations: 'disabled' });
  }
}

/** The form for a new location. @returns what fills a field in, and what was said after Test */
async function newLocation(page: Page, backend: string): Promise<{ readonly dialog: Locator; fill(fields: Readonly<Record<string, string>>): Promise<void>; refusal(fields: Readonly<Record<string, string>>): Promise<Locator> }> {
  await page.getByRole('button', { name: 'Add location…' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add location' });
  await chooseBackend(dialog, backend);
  const fill = async (fields: Readonly<Record<string, string>>): Promise<void> => {
    for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label, { exact: true }).fill(value);
  };
  return {
    dialog,
    fill,
    refusal: async (fields) => {
      await fill(fields);
      await dialog.getByRole('button', { name: 'Test' }).click();
      await expect(dialog.getByText('Testing')).toBeHidden();
      return dialog.getByRole('alert');
    },
  };
}

test('a location that cannot be added says why and what to do, in the form', async ({ start }, testInfo) => {
  requireServers(testInfo, ['apache', 'openssh']);
  test.setTimeout(120_000);
  const [apache, ssh] = [await startApache({ certificate: 'wrongName' }), await startOpenSsh()];
  const s3 = await S3Fixture.start();
  const { page, close } = await start();
  try {
    const dav = await newLocation(page, 'WebDAV');
    const wrong = await dav.refusal({ Name: 'Archive', Address: apache.urls.basic, 'User name': DAV_ACCOUNT.user, 'Password or access token': 'wrong-0f3b7a' });
    await expect(wrong).toContainText('Sign-in refused');
    await expect(wrong).toContainText('enter the secret again');
    await expect(wrong).not.toContainText('wrong-0f3b7a');
    await picture(page, (name) => testInfo.outputPath(name), 'form-secret');

    const nowhere = await dav.refusal({ Address: apache.urls.basic.replace('127.0.0.1', 'no-such-host.invalid') });
    await expect(nowhere).toContainText('no-such-host.invalid');
    await expect(nowhere).toContainText('how the server’s name is spelled');
    const missing = await dav.refusal({ Address: `${apache.urls.basic}missing/`, 'Password or access token': DAV_ACCOUNT.password });
    await expect(missing).toContainText('Place not found');
    await expect(missing).toContainText('Correct the location’s address');

    await unfold(dav.dialog, 'More options');
    await dav.fill({ Address: apache.urls.secure, 'Certificate authority': apache.caFile });
    await dav.dialog.getByRole('button', { name: 'Test' }).click();
    const question = page.getByRole('alertdialog', { name: 'Trust this server?' });
    await expect(question).toContainText('it was made out to another name (DNS:elsewhere.invalid)');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await expect(dav.dialog.getByRole('alert')).toContainText('the name that the certificate was made out to');
    await expect(dav.dialog.getByRole('alert').getByRole('button', { name: 'Trust this server…' })).toBeVisible();
    await picture(page, (name) => testInfo.outputPath(name), 'form-certificate');
    await page.keyboard.press('Escape');

    const sftp = await newLocation(page, 'SFTP server');
    await sftp.fill({ Name: 'Lab', Address: `sftp://${ssh.rw.name}@127.0.0.1:${ssh.port}${ssh.rw.home}`, 'Password or passphrase': 'wrong-0f3b7a' });
    await sftp.dialog.getByRole('button', { name: 'Test' }).click();
    const key = page.getByRole('alertdialog', { name: 'Trust this server?' });
    await expect(key).toContainText(ssh.hostKeys[0]?.fingerprint ?? 'a fingerprint');
    await key.getByRole('button', { name: 'Trust this server', exact: true }).click();
    await expect(sftp.dialog.getByRole('alert')).toContainText('did not let');
    await expect(sftp.dialog.getByRole('alert')).toContainText('enter the secret again');
    await page.keyboard.press('Escape');

    const bucket = await newLocation(page, 'S3');
    const keys = await bucket.refusal({ Name: 'Store', 'Bucket and folder': 's3://archive/', Server: s3.endpoint(), 'Access key ID': S3_FIXTURE_USER.accessKeyId, 'Secret access key': 'wrong-0f3b7a' });
    await expect(keys).toContainText('refuses these keys');
    await expect(keys).toContainText('enter the secret again');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('navigation', { name: 'Locations' }).getByRole('button', { name: /connected|not reachable/ }), 'nothing was added').toHaveCount(1);
  } finally {
    await close();
    await s3.stop();
    await ssh.stop();
    await apache.stop();
  }
});

test('an upload that cannot be stored says in its row what to do, and is retried when that is done', async ({ start, folders }, testInfo) => {
  requireServers(testInfo, ['apache']);
  test.setTimeout(120_000);
  const apache = await startApache();
  const s3 = await S3Fixture.start();
  const client = new S3Client({ endpoint: s3.endpoint(), region: 'us-east-1', forcePathStyle: true, credentials: S3_FIXTURE_USER });
  await client.send(new CreateBucketCommand({ Bucket: 'archive' }));
  client.destroy();
  // Without a keychain the secrets are in the environment, of the command line and of the window.
  const environment = { DAV_PASSWORD: DAV_ACCOUNT.password, S3_SECRET: S3_FIXTURE_READER.secretAccessKey };
  const add = async (name: string, backend: string, uri: string, variable: keyof typeof environment, options: readonly string[]): Promise<void> => {
    const { code, stderr } = await cli(folders.profile, ['locations', 'add', name, '--backend', backend, '--uri', uri, '--secret-env', variable, ...options.flatMap((option) => ['--option', option])], environment);
    expect(code, stderr).toBe(0);
  };
  await add('Kept', 'webdav', apache.urls.basic, 'DAV_PASSWORD', [`user=${DAV_ACCOUNT.user}`, 'readOnly=true']);
  await add('Reader', 's3', 's3://archive/', 'S3_SECRET', [`endpoint=${s3.endpoint()}`, 'region=us-east-1', `accessKeyId=${S3_FIXTURE_READER.accessKeyId}`]);
  if (apache.urls.full !== null) await add('Small', 'webdav', apache.urls.full, 'DAV_PASSWORD', [`user=${DAV_ACCOUNT.user}`]);
  const small = await makeFile(join(folders.desktop, 'notes.txt'), 10_000);
  const picked = await makeFile(join(folders.desktop, 'scan.tiff'), 12_000);
  const large = await makeFile(join(folders.desktop, 'film.mov'), 20 * MIB);
  // Under other names: the window shows what the command line tried as well.
  const others = [await makeFile(join(folders.desktop, 'memo.txt'), 1000), await makeFile(join(folders.desktop, 'plan.pdf'), 1000)];
  const told = await cli(folders.profile, ['upload', ...others, 'Kept:/'], environment);
  expect(told.code).toBe(2);
  expect(told.stderr).toMatch(/Read-only location \(2 files\): .*set to read only.*\nChoose another location/);
  const { page, close } = await start({ environment });
  try {
    await openLocation(page, 'Kept');
    await dropFiles(page, [small], fileGrid(page));
    const kept = transferRow(page, 'notes.txt');
    await expect(kept.locator('.badge')).toHaveText('Read-only location');
    await expect(kept).toContainText('set to read only');
    await expect(kept).toContainText('switch off “Read only”');

    await openLocation(page, 'Reader');
    await dropFiles(page, [picked], fileGrid(page));
    const refused = transferRow(page, 'scan.tiff');
    await expect(refused.locator('.badge')).toHaveText('No permission');
    await expect(refused).toContainText('Ask the owner of this storage');
    if (apache.urls.full !== null) {
      await openLocation(page, 'Small');
      await dropFiles(page, [large], fileGrid(page));
      const full = transferRow(page, 'film.mov');
      await expect(full.locator('.badge')).toHaveText('No space left', { timeout: 20_000 });
      await expect(full).toContainText('Free space at the destination');
      await picture(page, (name) => testInfo.outputPath(name), 'rows');
      await full.getByRole('button', { name: 'Details of film.mov' }).click();
      await expect(full).toContainText('Your source is untouched');
      await expect(full).toContainText('has no room for the 20,971,520 bytes');
    }

    await kept.getByRole('button', { name: 'Edit location…' }).click();
    const edit = page.getByRole('dialog', { name: 'Edit location' });
    await unfold(edit, 'More options');
    await edit.getByLabel('Read only').press('Space');
    await edit.getByRole('button', { name: 'Save' }).click();
    await expect(edit).toBeHidden();
    await kept.getByRole('button', { name: 'Retry notes.txt' }).click();
    await expect(kept.locator('.badge')).toHaveClass(/badge-proven/);
    await expect(locationButton(page, 'Kept')).toHaveAccessibleName('Kept connected');
  } finally {
    await close();
    await s3.stop();
    await apache.stop();
  }
});
