import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { dropFiles } from '../harness/drop.ts';
import { makeFile } from '../harness/files.ts';
import type { RunningApp } from '../harness/launch.ts';
import { expect, test } from '../harness/test.ts';
import { addHttpLocation, addLocation, chooseBackend, fileGrid, fileRow, fillHttpLocation, inspector, locationButton, openFolder, openLocation, transferRow, transfers } from '../harness/window.ts';
import { startTus } from '../servers/real/tus.ts';
import { S3Fixture, S3_FIXTURE_USER } from '../servers/s3-fixture.ts';

const SIZES = [{ width: 960, height: 640 }, { width: 1280, height: 800 }] as const;
const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'pictures');

for (const theme of ['light', 'dark'] as const) {
  test(`pictures of the main states, ${theme}`, async ({ start, serve, certify, folders }) => {
    await mkdir(FOLDER, { recursive: true });
    const server = await serve();
    const app = await start();
    const { page } = app;
    await page.emulateMedia({ colorScheme: theme });
    const take = (state: string) => takeAll(app, state, theme);
    await take('empty');

    await page.keyboard.press('Control+N');
    const dialog = page.getByRole('dialog', { name: 'Add location' });
    await chooseBackend(dialog, 'HTTP server');
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Archive');
    await dialog.getByRole('textbox', { name: 'Address' }).fill('https://files.example.org/archive/');
    await take('add-location');
    await page.keyboard.press('Escape');

    const [known, renewed] = [await certify(), await certify()];
    const secure = await serve({}, known);
    const trusting = await fillHttpLocation(page, { name: 'Field station', address: secure.url() });
    await trusting.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('alertdialog')).toBeVisible();
    await take('trust-unknown');
    await page.getByRole('button', { name: 'Trust this server', exact: true }).click();
    await expect(trusting).toBeHidden();
    secure.useCertificate(renewed);
    await locationButton(page, 'Field station').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Reconnect' }).click();
    await expect(page.getByRole('alertdialog')).toBeVisible();
    await take('trust-changed');
    await page.keyboard.press('Escape');
    await locationButton(page, 'Field station').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Remove…' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
    await expect(locationButton(page, 'Field station')).toHaveCount(0);
    await openLocation(page, 'Local library');

    await addHttpLocation(page, { name: 'Archive', address: server.url() });
    const survey = join(folders.desktop, 'Survey 2026');
    for (const [name, size] of [['catalogue.csv', 184_320], ['field notes.md', 23_552], ['positions.geojson', 1_887_437], ['overview.tiff', 41_943_040], ['drone footage.mp4', 62_914_560]] as const) await makeFile(join(survey, name), size);
    for (const name of ['north', 'south']) await makeFile(join(survey, name, 'readings.parquet'), 3_145_728);
    await dropFiles(page, [survey], fileGrid(page));
    await expect(transfers(page).getByText('7 done')).toBeVisible({ timeout: 60_000 });
    await openFolder(page, 'Survey 2026');
    await fileRow(page, 'overview.tiff').click();
    await expect(inspector(page)).toContainText('The server computed the same sha256');
    await take('inspector');

    const scans = join(folders.desktop, 'Scans');
    for (let number = 1; number <= 14; number += 1) await makeFile(join(scans, `plate ${String(number).padStart(2, '0')}.tiff`), 22_000_000 + number * 1_234_567);
    server.faults.set({ fault: { kind: 'flip', at: 7_654_321 }, path: 'Scans/plate 02.tiff' }, { fault: { kind: 'slow', bytesPerSecond: 2_500_000 }, path: /plate (0[4-9]|1\d)/, method: 'PUT' });
    await openLocation(page, 'Archive');
    await dropFiles(page, [scans], fileGrid(page));
    await expect(transferRow(page, 'plate 02.tiff').locator('.badge')).toHaveText('Checksum mismatch', { timeout: 30_000 });
    await openFolder(page, 'Scans');
    await fileRow(page, 'plate 01.tiff').click();
    await transferRow(page, 'plate 02.tiff').scrollIntoViewIfNeeded();
    await take('mismatch');
    await page.getByRole('button', { name: 'Details of plate 02.tiff' }).click();
    await expect(async () => expect(Number(await transferRow(page, 'plate 04.tiff').getByRole('progressbar').getAttribute('aria-valuenow'))).toBeGreaterThan(35)).toPass({ timeout: 60_000 });
    await take('busy');
    await page.getByRole('button', { name: 'Cancel the rest of Scans' }).click();
    await openLocation(page, 'Local library');
  });
}

for (const theme of ['light', 'dark'] as const) {
  test(`pictures of what a storage keeps beside its files, ${theme}`, async ({ start, folders }) => {
    await mkdir(FOLDER, { recursive: true });
    const [s3, tus] = await Promise.all([S3Fixture.start(), startTus()]);
    try {
      s3.store.createBucket('survey');
      s3.store.bucket('survey').versioning = 'Enabled';
      for (const [name, size] of [['raw/.holdfast-abcdef-1-111111111111.kept', 48_234_496], ['raw/north/.holdfast-abcdef-2-222222222222.kept', 7_340_032]] as const) await makeFile(join(folders.library, name), size);
      const app = await start();
      const { page } = app;
      await page.emulateMedia({ colorScheme: theme });
      const take = async (state: string) => {
        await takeAll(app, state, theme);
        await page.keyboard.press('Escape');
        await expect(page.getByRole('dialog')).toHaveCount(0);
      };
      const menuOf = async (location: string, item: string) => {
        await locationButton(page, location).click({ button: 'right' });
        await page.getByRole('menuitem', { name: item }).click();
      };
      await menuOf('Local library', 'Unfinished uploads…');
      await page.getByRole('dialog').getByRole('checkbox').nth(1).click({ force: true });
      await take('unfinished-uploads');

      await addLocation(page, { backend: 'tus upload server', name: 'Inbox', fields: { Address: tus.endpoint, 'Access token': tus.token } });
      await takeAll(app, 'upload-only', theme);

      await addLocation(page, { backend: 'S3', name: 'Survey', fields: { 'Bucket and folder': 's3://survey/', 'Secret access key': S3_FIXTURE_USER.secretAccessKey, Server: s3.endpoint(), 'Access key ID': S3_FIXTURE_USER.accessKeyId } });
      for (const [number, size] of [23_552, 31_744].entries()) {
        await dropFiles(page, [await makeFile(join(folders.desktop, String(number), 'field notes.md'), size)], fileGrid(page));
        await expect(fileRow(page, 'field notes.md')).toContainText('server digest');
        if (number > 0) break;
        await fileRow(page, 'field notes.md').click();
        await page.keyboard.press('Delete');
        await page.getByRole('alertdialog', { name: 'Delete' }).getByRole('button', { name: 'Delete' }).click();
        await expect(fileRow(page, 'field notes.md')).toHaveCount(0);
      }
      await fileRow(page, 'field notes.md').click();
      await inspector(page).getByRole('button', { name: 'Versions…' }).click();
      await expect(page.getByRole('dialog').getByRole('listitem')).toHaveCount(3);
      await take('versions');
      await inspector(page).getByRole('button', { name: 'Copy link…' }).click();
      await take('link');
      await menuOf('Survey', 'Details…');
      await take('location-details');
    } finally {
      await Promise.all([s3.stop(), tus.stop()]);
    }
  });
}

/** The window's content at each size, as docs/pictures/STATE-THEME-SIZE.png. Ends at the large size. */
async function takeAll({ electron, page }: RunningApp, state: string, theme: string): Promise<void> {
  await page.mouse.move(0, 0);
  await expect(page.getByRole('tooltip')).toHaveCount(0);
  for (const { width, height } of SIZES) {
    await electron.evaluate(({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height), { width, height });
    await expect.poll(() => page.evaluate(() => [innerWidth, innerHeight])).toEqual([width, height]);
    // Where there is no room beside the table, it lies over it and must be asked for.
    const asked = state === 'inspector' && (await inspector(page).count()) === 0;
    if (asked) await page.keyboard.press('Control+I');
    if (await inspector(page).getByRole('heading', { name: 'Evidence' }).isVisible()) await expect(inspector(page)).toContainText('The server computed the same');
    await page.screenshot({ path: join(FOLDER, `${state}-${theme}-${width}x${height}.png`), animations: 'disabled' });
    if (asked) await page.keyboard.press('Control+I');
  }
}
