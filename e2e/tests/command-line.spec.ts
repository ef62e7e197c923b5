import { open, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cli } from '../harness/cli.ts';
import { dropFiles } from '../harness/drop.ts';
import { makeDesktopFiles, makeFile, sha256 } from '../harness/files.ts';
import { expect, test } from '../harness/test.ts';
import { addHttpLocation, fileGrid, fileRow, openLocation, transfers } from '../harness/window.ts';

test('the command line sees what the window uploaded, while it is open and after it was closed', async ({ start, serve, folders }) => {
  const server = await serve();
  const files = await makeDesktopFiles(folders.desktop, 1_000_000);
  const paths = Object.keys(files.digests);
  const app = await start();
  await addHttpLocation(app.page, { name: 'Archive', address: server.url() });
  await dropFiles(app.page, files.dragged, fileGrid(app.page));
  await expect(transfers(app.page).getByText(`${paths.length} done`)).toBeVisible({ timeout: 30_000 });

  await expectSeen();
  await expect(app.page.getByRole('grid', { name: 'Files' })).toBeVisible();
  await app.close();
  await expectSeen();

  async function expectSeen(): Promise<void> {
    const listed = await cli(folders.profile, ['ls', 'Archive:/', '--recursive']);
    expect(listed.code).toBe(0);
    expect(listed.rows.filter(({ type }) => type === 'file').map((row) => row['path']).sort()).toEqual([...paths].sort());
    const receipts = await cli(folders.profile, ['receipts', 'list']);
    expect(receipts.rows).toHaveLength(paths.length);
    const checksum = await cli(folders.profile, ['checksum', `Archive:/${files.large}`]);
    expect(checksum.rows).toMatchObject([{ type: 'checksum', checksum: `sha256:${files.digests[files.large] ?? ''}`, evidence: { by: 'server' } }]);
    expect(checksum.stderr).toContain('computed by the storage');
    const list = await cli(folders.profile, ['transfers', 'list']);
    expect(list.rows.map(({ state }) => state)).toEqual(paths.map(() => 'done'));
  }
});

test('the window sees what the command line uploaded beside it', async ({ start, folders }) => {
  const file = await makeFile(join(folders.desktop, 'from the shell.bin'), 100_000);
  const { page } = await start();
  const { code, rows } = await cli(folders.profile, ['upload', file, 'Local library:/']);
  expect(code).toBe(0);
  expect(rows).toMatchObject([{ type: 'transfer', state: 'done', checksums: { sha256: `sha256:${await sha256(file)}` } }, { type: 'summary' }]);
  await openLocation(page, 'Local library');
  await page.keyboard.press('F5');
  await fileGrid(page).click({ button: 'right', position: { x: 200, y: 300 } });
  await page.getByRole('menuitem', { name: 'Refresh' }).click();
  await expect(fileRow(page, 'from the shell.bin')).toContainText('sha256 · read back');
});

test('exit codes: what failed, what does not match, what is wrongly used', async ({ serve, folders }) => {
  const server = await serve();
  const file = await makeFile(join(folders.desktop, 'file.bin'), 10_000);
  expect((await cli(folders.profile, ['locations', 'add', 'Archive', '--backend', 'http', '--uri', server.url()])).code).toBe(0);
  expect((await cli(folders.profile, ['upload', file, 'Archive:/'])).code).toBe(0);
  expect((await cli(folders.profile, ['upload', file, 'Archive:/'])).code, 'it exists already').toBe(2);
  expect((await cli(folders.profile, ['upload', file, 'Nowhere:/'])).code).toBe(1);
  server.faults.set({ fault: { kind: 'flip', at: 1 }, path: 'sub/file.bin' });
  const mismatch = await cli(folders.profile, ['upload', file, 'Archive:/sub/']);
  expect(mismatch.code).toBe(3);
  expect(mismatch.rows).toMatchObject([{ state: 'failed', error: { code: 'checksum_mismatch' } }, { type: 'summary' }]);
  const plain = await serve({ digests: [] });
  expect((await cli(folders.profile, ['locations', 'add', 'Plain', '--backend', 'http', '--uri', plain.url(), '--read-back', 'never'])).code).toBe(0);
  expect((await cli(folders.profile, ['upload', file, 'Plain:/'])).code, 'size only is less than was asked for').toBe(4);

  const out = join(folders.desktop, 'SHA256SUMS');
  expect((await cli(folders.profile, ['receipts', 'list', '--export', 'sha256sums', '--out', out])).code).toBe(0);
  expect(await readFile(out, 'utf8')).toContain(`${await sha256(file)}  file.bin`);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} holds an upload back where it is, says how to go on, and that goes on`, async ({ folders }) => {
    const size = 3 * 1024 ** 3;
    const source = join(folders.desktop, 'large.bin');
    const handle = await open(source, 'w');
    await handle.truncate(size);
    await handle.close();
    await cli(folders.profile, ['locations', 'list']);
    const kept = async (): Promise<number> => {
      const names = (await readdir(folders.library)).filter((name) => name.endsWith('.kept'));
      return names[0] === undefined ? 0 : (await stat(join(folders.library, names[0]))).size;
    };
    const stopped = await cli(folders.profile, ['upload', source, 'Local library:/'], {}, (child) => {
      void expect.poll(kept, { timeout: 40_000, intervals: [20] }).toBeGreaterThan(0).finally(() => child.kill(signal));
    });
    expect(stopped.code).toBe(2);
    expect(stopped.rows).toMatchObject([{ type: 'summary', paused: true, counts: { queued: 1, done: 0, canceled: 0 } }]);
    const left = await kept();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(size);
    const [, words = ''] = /Go on with: holdfast (transfers resume \S+)/.exec(stopped.stderr) ?? [];

    const resumed = await cli(folders.profile, words.split(' '));
    expect(resumed.code).toBe(0);
    expect(resumed.rows).toMatchObject([{ type: 'transfer', state: 'done', size }, { type: 'summary' }]);
    const receipts = await cli(folders.profile, ['receipts', 'list']);
    expect(receipts.rows).toMatchObject([{ size, resumed: [{ offset: left }] }]);
  });
}

test('what was held back can be canceled, and nothing is left of it', async ({ folders }) => {
  const source = join(folders.desktop, 'large.bin');
  const handle = await open(source, 'w');
  await handle.truncate(3 * 1024 ** 3);
  await handle.close();
  await cli(folders.profile, ['locations', 'list']);
  const parts = async () => (await readdir(folders.library)).filter((name) => name.startsWith('.holdfast'));
  const stopped = await cli(folders.profile, ['upload', source, 'Local library:/'], {}, (child) => {
    void expect.poll(parts, { timeout: 40_000, intervals: [20] }).not.toEqual([]).finally(() => child.kill('SIGINT'));
  });
  const batchId = stopped.rows.at(-1)?.['batchId'];
  const canceled = await cli(folders.profile, ['transfers', 'cancel', String(batchId)]);
  expect(canceled.rows).toMatchObject([{ type: 'summary', batchId, counts: { canceled: 1, queued: 0 } }]);
  expect(await parts()).toEqual([]);
  expect((await cli(folders.profile, ['transfers', 'resume', String(batchId)])).code).toBe(1);
});
