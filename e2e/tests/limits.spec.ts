import { dropFiles } from '../harness/drop.ts';
import { makeFile } from '../harness/files.ts';
import { expect, test } from '../harness/test.ts';
import { addHttpLocation, fileGrid, fileRow, transferRow } from '../harness/window.ts';

test('a file over the size limit is refused with the reason, before a byte is sent', async ({ start, serve, folders }) => {
  const server = await serve();
  const small = await makeFile(`${folders.desktop}/small.bin`, 1024 * 1024);
  const large = await makeFile(`${folders.desktop}/large.bin`, 1024 * 1024 + 1);
  const { page } = await start();
  await addHttpLocation(page, { name: 'Archive', address: server.url(), largestMiB: '1', limitReason: 'the tape robot takes no more' });
  const asked = server.requests.length;
  await dropFiles(page, [small, large], fileGrid(page));

  const row = transferRow(page, 'large.bin');
  await expect(row.locator('.badge')).toHaveText('Too large', { timeout: 30_000 });
  await expect(row).toContainText('the tape robot takes no more');
  await expect(row).toContainText(/1,?048,?577|1 MiB/);
  await expect(transferRow(page, 'small.bin')).toContainText('sha256 · server digest');
  const sent = server.requests.slice(asked).filter(({ method, path }) => (method === 'PUT' || method === 'POST') && path === 'large.bin');
  expect(sent).toEqual([]);
  await expect(fileRow(page, 'large.bin')).toHaveCount(0);
  expect(await server.residue()).toEqual(['small.bin']);
});
