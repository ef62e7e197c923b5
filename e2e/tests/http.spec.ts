import { cli } from '../harness/cli.ts';
import { dropFiles } from '../harness/drop.ts';
import { expectStored } from '../harness/expect-stored.ts';
import { makeDesktopFiles, makeFile, sha256 } from '../harness/files.ts';
import { watchTransfers } from '../harness/progress-watch.ts';
import { expect, test } from '../harness/test.ts';
import { addHttpLocation, fileGrid, fileRow, transferRow, transfers } from '../harness/window.ts';

test('files and a folder dropped onto an HTTP location end with the digest that the server computed', async ({ start, serve, folders }) => {
  const server = await serve();
  const files = await makeDesktopFiles(folders.desktop);
  const { page } = await start();
  await addHttpLocation(page, { name: 'Archive', address: server.url() });
  const seen = await watchTransfers(page);

  await dropFiles(page, files.dragged, fileGrid(page));

  await expectStored(page, { profile: folders.profile, location: 'Archive', digests: files.digests, word: 'sha256 · server digest', level: 2 });
  expect((await seen()).bars[`Progress of ${files.large}`]?.some((value) => value > 0 && value < 100), 'the bar of the large file was seen on its way').toBe(true);
  for (const [path, digest] of Object.entries(files.digests)) expect(await server.store.digest(path, 'sha256'), path).toBe(digest);
  expect([...(await server.residue())].sort()).toEqual(Object.keys(files.digests).sort());
  await expect(fileRow(page, files.large)).toContainText('sha256 · server digest');
});

test('a server that stores one byte wrong is caught: red row, both digests, nothing shown as stored', async ({ start, serve, folders }) => {
  const server = await serve();
  const good = await makeFile(`${folders.desktop}/good.bin`, 300_000);
  const bad = await makeFile(`${folders.desktop}/bad.bin`, 300_000);
  server.faults.set({ fault: { kind: 'flip', at: 123_456 }, path: 'bad.bin' });
  const { page } = await start();
  await addHttpLocation(page, { name: 'Archive', address: server.url() });
  await dropFiles(page, [good, bad], fileGrid(page));

  await expect(transfers(page).getByText('1 failed').first()).toBeVisible({ timeout: 30_000 });
  const row = transferRow(page, 'bad.bin');
  await expect(row.locator('.badge')).toHaveClass(/badge-bad/);
  await expect(row.locator('.badge')).toHaveText('Checksum mismatch');
  const ours = await sha256(bad);
  await expect(row).toContainText(ours);
  const shown = await row.locator('code').allTextContents();
  expect(shown.filter((text) => /^[0-9a-f]{64}$/.test(text))).toHaveLength(2);
  expect(new Set(shown).size, 'expected and found differ').toBe(2);
  await expect(row).toContainText('Your source is untouched.');
  expect(await sha256(bad)).toBe(ours);

  // The bad copy is neither in the table nor on the server, and has no receipt; the good one has all of that.
  await expect(fileRow(page, 'good.bin')).toContainText('sha256 · server digest');
  await expect(fileRow(page, 'bad.bin')).toHaveCount(0);
  expect(await server.residue()).toEqual(['good.bin']);
  const { rows } = await cli(folders.profile, ['receipts', 'list']);
  expect(rows).toHaveLength(1);

  server.faults.clear();
  await page.getByRole('button', { name: 'Retry bad.bin' }).click();
  await expect(row).toContainText('sha256 · server digest', { timeout: 30_000 });
  expect(await server.store.digest('bad.bin', 'sha256')).toBe(ours);
});

test('a server that answers 503 for a while is waited for', async ({ start, serve, folders }) => {
  const server = await serve();
  const file = await makeFile(`${folders.desktop}/patient.bin`, 50_000);
  const { page } = await start();
  await addHttpLocation(page, { name: 'Archive', address: server.url() });
  server.faults.set({ fault: { kind: 'status', status: 503, body: 'Back soon.' }, method: 'PUT', times: 2 });
  await dropFiles(page, [file], fileGrid(page));

  await expect(transferRow(page, 'patient.bin')).toContainText('sha256 · server digest', { timeout: 40_000 });
  expect(await server.store.digest('patient.bin', 'sha256')).toBe(await sha256(file));
  const { rows } = await cli(folders.profile, ['receipts', 'list']);
  expect(rows).toHaveLength(1);
  expect(rows[0]?.['errors'], 'the receipt tells what was met on the way').toHaveLength(2);
  expect(JSON.stringify(rows[0]?.['errors'])).toContain('Back soon.');
});

test('a server that never answers is given up with a reason, and asked again when the user wants', async ({ start, serve, folders }) => {
  const server = await serve();
  const file = await makeFile(`${folders.desktop}/unanswered.bin`, 50_000);
  const { page } = await start();
  await addHttpLocation(page, { name: 'Archive', address: server.url(), timeLimit: 1 });
  server.faults.set({ fault: { kind: 'stall' }, method: 'PUT' });
  await dropFiles(page, [file], fileGrid(page));

  const row = transferRow(page, 'unanswered.bin');
  await expect(row.locator('.badge')).toHaveText('Not reachable', { timeout: 50_000 });
  await expect(row).toContainText('stayed silent for too long');
  await expect(fileRow(page, 'unanswered.bin')).toHaveCount(0);
  expect(await server.residue()).toEqual([]);

  server.faults.clear();
  await page.getByRole('button', { name: 'Retry unanswered.bin' }).click();
  await expect(row).toContainText('sha256 · server digest', { timeout: 30_000 });
});
