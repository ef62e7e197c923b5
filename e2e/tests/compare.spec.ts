import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { dropFiles } from '../harness/drop.ts';
import { makeFile, sha256 } from '../harness/files.ts';
import { answerOpenDialog } from '../harness/native-dialogs.ts';
import { expect, test } from '../harness/test.ts';
import { addHttpLocation, fileGrid, fileRow, inspector, openLocation } from '../harness/window.ts';

test('a stored file is compared with a local one by the server’s digest: match and mismatch', async ({ start, serve, folders }) => {
  const server = await serve();
  const same = await makeFile(join(folders.desktop, 'data.bin'), 2_000_000);
  const other = await makeFile(join(folders.desktop, 'other.bin'), 2_000_000, same);
  await flip(other, 1_000_000);
  const { page, electron } = await start();
  await addHttpLocation(page, { name: 'Archive', address: server.url() });
  await dropFiles(page, [same], fileGrid(page));
  await fileRow(page, 'data.bin').click();
  const downloads = () => server.requests.filter(({ method, path, query }) => method === 'GET' && path === 'data.bin' && query === '').length;
  const before = downloads();

  await answerOpenDialog(electron, [same]);
  await inspector(page).getByRole('button', { name: 'Local file…' }).click();
  const result = inspector(page).getByRole('status');
  await expect(result).toContainText('Match');
  await expect(result).toContainText('The server computed this digest over the stored bytes');

  await answerOpenDialog(electron, [other]);
  await inspector(page).getByRole('button', { name: 'Local file…' }).click();
  await expect(result).toContainText('Mismatch');
  await expect(result).toContainText(await sha256(same));
  await expect(result).toContainText(await sha256(other));
  expect(downloads() - before, 'nothing was downloaded for it').toBe(0);
});

test('in a local folder it is read back: match, mismatch, and bit rot is found', async ({ start, folders }) => {
  const same = await makeFile(join(folders.desktop, 'data.bin'), 2_000_000);
  const { page, electron } = await start();
  await dropFiles(page, [same], fileGrid(page));
  await fileRow(page, 'data.bin').click();
  await answerOpenDialog(electron, [same]);
  await inspector(page).getByRole('button', { name: 'Local file…' }).click();
  const result = inspector(page).getByRole('status');
  await expect(result).toContainText('Match');
  await expect(result).toContainText('The stored bytes were read back and hashed here');

  // One bit, with size and time as before: only the bytes tell.
  await flip(join(folders.library, 'data.bin'), 5);
  await inspector(page).getByRole('button', { name: 'Local file…' }).click();
  await expect(result).toContainText('Mismatch');
  await inspector(page).getByRole('button', { name: 'Compute', exact: true }).click();
  await expect(fileRow(page, 'data.bin').locator('.badge')).toHaveClass(/badge-bad/);
  await expect(fileRow(page, 'data.bin')).toContainText('mismatch');
  await expect(inspector(page)).toContainText(await sha256(same));
  await expect(inspector(page)).toContainText(await sha256(join(folders.library, 'data.bin')));
});

test('a server without digests is read back when the location allows it', async ({ start, serve, folders }) => {
  const server = await serve({ digests: [] });
  const file = await makeFile(join(folders.desktop, 'plain.bin'), 100_000);
  const { page, electron } = await start();
  await addHttpLocation(page, { name: 'Plain', address: server.url() });
  await dropFiles(page, [file], fileGrid(page));
  await expect(fileRow(page, 'plain.bin')).toContainText('sha256 · read back');
  await openLocation(page, 'Plain');
  await fileRow(page, 'plain.bin').click();
  await answerOpenDialog(electron, [file]);
  await page.getByRole('button', { name: 'Verify…' }).click();
  await expect(inspector(page).getByRole('status')).toContainText('Match');
});

/** Changes one bit and keeps the times. */
async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { atime, mtime } = await file.stat();
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte[0] = (byte[0] ?? 0) ^ 1;
    await file.write(byte, 0, 1, at);
    await file.utimes(atime, mtime);
  } finally {
    await file.close();
  }
}
