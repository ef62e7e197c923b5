import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Page } from '@playwright/test';
import { seriousViolations } from '../harness/axe.ts';
import { cli } from '../harness/cli.ts';
import { dropFiles } from '../harness/drop.ts';
import { filesWith, makeFile, makeText } from '../harness/files.ts';
import { answerSaveDialog } from '../harness/native-dialogs.ts';
import { expect, test as base } from '../harness/test.ts';
import { addLocation, fileGrid, fileRow, inspector, locationButton } from '../harness/window.ts';
import { S3Fixture, S3_FIXTURE_USER } from '../servers/s3-fixture.ts';

const BUCKET = 'archive';

/** Versions, links and unfinished uploads are those of the S3 fixture of the tests: a stand-in for what S3 does. */
const test = base.extend<{ readonly s3: S3Fixture }>({
  s3: async ({ folders: _folders }, use) => {
    const server = await S3Fixture.start();
    server.store.createBucket(BUCKET);
    server.store.bucket(BUCKET).versioning = 'Enabled';
    await use(server);
    await server.stop();
  },
});

const add = (page: Page, s3: S3Fixture) =>
  addLocation(page, { backend: 'S3', name: 'Bucket', fields: { 'Bucket and folder': `s3://${BUCKET}/`, 'Secret access key': S3_FIXTURE_USER.secretAccessKey, Server: s3.endpoint(), 'Access key ID': S3_FIXTURE_USER.accessKeyId } });

async function store(page: Page, path: string): Promise<void> {
  await dropFiles(page, [path], fileGrid(page));
  await expect(fileRow(page, 'report.txt')).toContainText('server digest', { timeout: 20_000 });
}

test('versions are listed with what was deleted, and an earlier one is saved and compared', async ({ start, s3, folders }) => {
  const { electron, page } = await start();
  await add(page, s3);
  await store(page, await makeText(join(folders.desktop, 'one', 'report.txt'), 'the first version'));
  await fileRow(page, 'report.txt').click();
  await page.keyboard.press('Delete');
  await page.getByRole('alertdialog', { name: 'Delete' }).getByRole('button', { name: 'Delete' }).click();
  await expect(fileRow(page, 'report.txt')).toHaveCount(0);
  await store(page, await makeText(join(folders.desktop, 'two', 'report.txt'), 'the second, longer version'));

  await fileRow(page, 'report.txt').click();
  await inspector(page).getByRole('button', { name: 'Versions…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Versions of report.txt' });
  const rows = dialog.getByRole('list', { name: 'Versions' }).getByRole('listitem');
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(0)).toContainText('latest');
  await expect(rows.nth(1)).toContainText('deleted here');
  await expect(rows.nth(1).getByRole('button')).toHaveCount(0);
  expect(await seriousViolations(page)).toEqual([]);

  const target = join(folders.desktop, 'saved.txt');
  await answerSaveDialog(electron, target);
  await rows.nth(2).getByRole('button', { name: /^Save as…/ }).click();
  await expect(dialog.getByRole('status')).toContainText('Wrote saved.txt');
  expect(await readFile(target, 'utf8')).toBe('the first version');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  const environment = { S3_SECRET: S3_FIXTURE_USER.secretAccessKey };
  await cli(folders.profile, ['locations', 'edit', 'Bucket', '--secret-env', 'S3_SECRET'], environment);
  const listed = await cli(folders.profile, ['versions', 'Bucket:/report.txt'], environment);
  expect(listed.rows.map(({ type, latest, deleteMarker }) => [type, latest, deleteMarker])).toEqual([['version', true, false], ['version', false, true], ['version', false, false]]);
  const fetched = await cli(folders.profile, ['download', 'Bucket:/report.txt', join(folders.desktop, 'fetched'), '--version-id', String(listed.rows[2]?.['versionId']), '--level', '0'], environment);
  expect([fetched.code, await readFile(join(folders.desktop, 'fetched', 'report.txt'), 'utf8')]).toEqual([0, 'the first version']);
  expect((await cli(folders.profile, ['stat', 'Bucket:/report.txt'], environment)).rows[0]?.['details']).toEqual(expect.arrayContaining([expect.objectContaining({ label: 'Storage class' })]));
});

test('a link goes into the clipboard, works for everybody, and is written nowhere', async ({ start, s3, folders }) => {
  const { electron, page } = await start();
  await add(page, s3);
  await store(page, await makeText(join(folders.desktop, 'report.txt'), 'for everybody'));
  await fileRow(page, 'report.txt').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Copy link…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Link to report.txt' });
  await dialog.getByRole('radio', { name: '1 day' }).click({ force: true });
  expect(await seriousViolations(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Copy link' }).click();
  await expect(dialog.getByRole('status')).toContainText('Copied. It works until');
  const url = await electron.evaluate(({ clipboard }) => clipboard.readText());
  expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('86400');
  expect(await (await fetch(url)).text()).toBe('for everybody');
  const signature = new URL(url).searchParams.get('X-Amz-Signature') ?? '';
  expect(signature.length).toBeGreaterThan(20);
  expect(await page.content()).not.toContain(signature);
  await page.keyboard.press('Escape');

  const environment = { S3_SECRET: S3_FIXTURE_USER.secretAccessKey };
  await cli(folders.profile, ['locations', 'edit', 'Bucket', '--secret-env', 'S3_SECRET'], environment);
  const printed = await cli(folders.profile, ['link', 'Bucket:/report.txt', '--expires', '30m'], environment);
  expect(await (await fetch(String(printed.rows[0]?.['url']))).text()).toBe('for everybody');
  expect((await cli(folders.profile, ['link', 'Bucket:/report.txt', '--expires', 'soon'], environment)).code).toBe(1);
  for (const secret of [signature, new URL(String(printed.rows[0]?.['url'])).searchParams.get('X-Amz-Signature') ?? '']) expect(await filesWith(folders.profile, secret)).toEqual([]);
});

test('what unfinished uploads left is shown, chosen and discarded', async ({ start, folders }) => {
  const { page } = await start();
  const left = (folder: string, digits: string) => makeFile(join(folders.library, folder, `.holdfast-abcdef-1-${digits.repeat(12)}.kept`), 3 * 2 ** 20);
  const [first, second] = [await left('raw', '1'), await left('raw/north', '2')];
  await makeFile(join(folders.library, 'raw', 'kept by nobody.bin'), 10);
  const menu = async () => {
    await locationButton(page, 'Local library').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Unfinished uploads…' }).click();
  };
  await menu();
  const dialog = page.getByRole('dialog', { name: 'Unfinished uploads in Local library' });
  const rows = dialog.getByRole('listitem');
  await expect(rows).toHaveCount(2);
  await expect(rows.filter({ hasText: basename(first) })).toContainText('3 MiB');
  await expect(rows.filter({ hasText: basename(first) })).toContainText('just now');
  expect(await seriousViolations(page)).toEqual([]);
  await expect(dialog.getByRole('button', { name: 'Discard' })).toHaveAttribute('aria-disabled', 'true');
  await rows.filter({ hasText: basename(first) }).getByRole('checkbox').click({ force: true });
  await dialog.getByRole('button', { name: 'Discard 1 · 3 MiB' }).click();
  await expect(dialog).toContainText('1 unfinished upload removed.');
  await expect(rows).toHaveCount(1);
  expect((await readdir(folders.library, { recursive: true })).filter((name) => name.endsWith('.kept'))).toEqual([join('raw', 'north', basename(second))]);
  await page.keyboard.press('Escape');

  const listed = await cli(folders.profile, ['unfinished', 'Local library']);
  expect(listed.rows).toMatchObject([{ type: 'unfinished', path: `raw/north/${basename(second)}`, size: 3 * 2 ** 20 }]);
  expect((await cli(folders.profile, ['unfinished', 'Local library', '--discard', 'stranger'])).code).toBe(2);
  expect((await cli(folders.profile, ['unfinished', 'Local library', '--discard-all'])).rows).toMatchObject([{ removed: 1 }]);
  expect((await readdir(folders.library, { recursive: true })).filter((name) => name.endsWith('.kept'))).toEqual([]);
  await menu();
  await expect(dialog).toContainText('Nothing was left over');
});

test('a location’s details say in words what it can do, and the local disk its free space', async ({ start, s3 }) => {
  const { page } = await start();
  await expect(page.getByRole('contentinfo')).toContainText(/\d\s[KMGT]iB free/);
  await add(page, s3);
  await locationButton(page, 'Bucket').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Details…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Bucket' });
  await expect(dialog).toContainText('An upload that was cut goes on where it stopped');
  await expect(dialog).toContainText('Earlier versions of a file are kept');
  await expect(dialog).toContainText('The storage does not say.');
  expect(await seriousViolations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('the command line names every backend with its options and secrets', async ({ folders }) => {
  const { code, rows } = await cli(folders.profile, ['backends']);
  expect(code).toBe(0);
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['local', 'http', 'sftp', 'ftp', 'webdav', 's3', 'azure', 'swift']));
  expect(rows.find(({ name }) => name === 's3')).toMatchObject({ secret: 'Secret access key', secrets: [{ key: 'sessionToken' }], options: expect.arrayContaining([expect.objectContaining({ key: 'endpoint' })]) as unknown });
  expect(await readdir(folders.profile)).toContain('holdfast.db');
});
