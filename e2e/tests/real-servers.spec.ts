import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CreateBucketCommand, ListMultipartUploadsCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { seriousViolations } from '../harness/axe.ts';
import { dropFiles } from '../harness/drop.ts';
import { makeFile, sha256 } from '../harness/files.ts';
import { requireServers } from '../harness/missing.ts';
import { expect, test } from '../harness/test.ts';
import { addLocation, fileGrid, fileRow, inspector, locationButton, transferRow } from '../harness/window.ts';
import { startFaultProxy } from '../servers/fault-proxy.ts';
import { startCeph } from '../servers/real/ceph.ts';
import { startOpenSsh } from '../servers/real/openssh.ts';
import { startTus } from '../servers/real/tus.ts';

const MIB = 1024 * 1024;

test('Ceph: a file that went over in parts tells its proof, class, declared digests and versions; a link ends, and what a failed upload left is discarded', async ({ start, folders }, testInfo) => {
  requireServers(testInfo, ['ceph']);
  test.setTimeout(240_000);
  const ceph = await startCeph();
  const line = await startFaultProxy({ target: Number(new URL(ceph.endpoint).port) });
  try {
    const { accessKeyId, secretAccessKey } = ceph.users.rw;
    const client = new S3Client({ endpoint: ceph.endpoint, region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
    await client.send(new CreateBucketCommand({ Bucket: 'survey' }));
    await client.send(new PutBucketVersioningCommand({ Bucket: 'survey', VersioningConfiguration: { Status: 'Enabled' } }));
    await client.send(new PutObjectCommand({ Bucket: 'survey', Key: 'overview.tiff', Body: 'by somebody else', Metadata: { md5: '0'.repeat(32), author: 'Ada' } }));
    const { electron, page } = await start();
    await addLocation(page, { backend: 'S3', name: 'Survey', fields: { 'Bucket and folder': 's3://survey/', 'Secret access key': secretAccessKey, Server: ceph.endpoint, 'Access key ID': accessKeyId } });

    await fileRow(page, 'overview.tiff').click();
    await expect(inspector(page)).toContainText('Declared md5 (as sent by the uploader)');
    await expect(inspector(page)).toContainText('Metadata author');
    await expect(fileRow(page, 'overview.tiff'), 'what is declared is no evidence').toContainText('not checked');

    const file = await makeFile(join(folders.desktop, 'overview.tiff'), 40 * MIB);
    await dropFiles(page, [file], fileGrid(page));
    await page.getByRole('alertdialog', { name: 'File already exists' }).getByRole('button', { name: 'Overwrite' }).click();
    await expect(transferRow(page, 'overview.tiff').locator('.badge')).toHaveText('md5 · server digest', { timeout: 60_000 });
    await expect(fileRow(page, 'overview.tiff'), 'the server computed no sha256').toContainText('md5 · server digest');
    await expect(inspector(page)).toContainText(/The server computed the same md5 for each of \d parts of the stored 41,943,040 bytes/);
    await expect(inspector(page)).toContainText('Storage class');

    await inspector(page).getByRole('button', { name: 'Versions…' }).click();
    const versions = page.getByRole('dialog', { name: 'Versions of overview.tiff' });
    await expect(versions.getByRole('listitem')).toHaveCount(2);
    await expect(versions.getByRole('listitem').first()).toContainText('latest');
    await page.keyboard.press('Escape');

    await inspector(page).getByRole('button', { name: 'Copy link…' }).click();
    const link = page.getByRole('dialog', { name: 'Link to overview.tiff' });
    await link.getByRole('button', { name: 'Copy link' }).click();
    await expect(link.getByRole('status')).toContainText('Copied. It works until');
    const url = await electron.evaluate(({ clipboard }) => clipboard.readText());
    const fetched = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect(createHash('sha256').update(fetched).digest('hex')).toBe(await sha256(file));
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Receipts', exact: true }).click();
    const receipt = page.getByRole('main').getByRole('listitem', { name: 'overview.tiff' });
    await receipt.getByRole('button', { name: 'Details of overview.tiff' }).click();
    await expect(receipt).toContainText('The server checked our md5 of each of');
    await expect(receipt).toContainText('Version');
    expect(await seriousViolations(page)).toEqual([]);

    await addLocation(page, { backend: 'S3', name: 'Far', fields: { 'Bucket and folder': 's3://survey/far/', 'Secret access key': secretAccessKey, Server: `http://127.0.0.1:${line.port}`, 'Access key ID': accessKeyId } });
    line.set({ up: { bytesPerSecond: 12 * MIB } });
    await dropFiles(page, [await makeFile(join(folders.desktop, 'footage.mp4'), 160 * MIB)], fileGrid(page));
    await expect(async () => expect(Number(await transferRow(page, 'footage.mp4').getByRole('progressbar').getAttribute('aria-valuenow'))).toBeGreaterThan(60)).toPass({ timeout: 30_000 });
    line.set({ refuse: true });
    line.cutAll();
    await expect(transferRow(page, 'footage.mp4')).toHaveAttribute('data-state', 'failed', { timeout: 90_000 });
    line.clear();
    await locationButton(page, 'Far').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Unfinished uploads…' }).click();
    const unfinished = page.getByRole('dialog', { name: 'Unfinished uploads in Far' });
    await expect(unfinished.getByRole('listitem')).toHaveText([/^footage\.mp4\d+(\.\d)?\sMiB/]);
    await unfinished.getByText('All 1', { exact: true }).click();
    await unfinished.getByRole('button', { name: /^Discard 1 · / }).click();
    await expect(unfinished).toContainText('1 unfinished upload removed.');
    await expect(unfinished).toContainText('Nothing was left over');
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket: 'survey' }))).Uploads ?? []).toEqual([]);
  } finally {
    await line.stop();
    await ceph.stop();
  }
});

test('tus: the location says that it cannot be browsed, and takes a drop', async ({ start, folders }) => {
  const tus = await startTus();
  try {
    const { page } = await start();
    await addLocation(page, { backend: 'tus upload server', name: 'Inbox', fields: { Address: tus.endpoint, 'Access token': tus.token } });
    await expect(page.getByRole('main')).toContainText('Upload only');
    const file = await makeFile(join(folders.desktop, 'reading.bin'), 5 * MIB);
    await dropFiles(page, [file], page.getByRole('heading', { name: 'Upload only' }));
    await expect(transferRow(page, 'reading.bin').locator('.badge')).toHaveText('sha256 · read back', { timeout: 30_000 });
    const [stored] = await tus.uploads();
    expect([stored?.name, await sha256(stored?.file ?? '')]).toEqual(['reading.bin', await sha256(file)]);
    await locationButton(page, 'Inbox').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Details…' }).click();
    await expect(page.getByRole('dialog', { name: 'Inbox' })).toContainText('It only takes files');
    expect(await seriousViolations(page)).toEqual([]);
  } finally {
    await tus.stop();
  }
});

test('OpenSSH: an upload that was cut goes on, and the window says from where and how what was there was proven', async ({ start, folders }, testInfo) => {
  requireServers(testInfo, ['openssh']);
  test.setTimeout(120_000);
  const server = await startOpenSsh();
  const line = await startFaultProxy({ target: server.port });
  try {
    const { page } = await start();
    const archive = await server.makeFolder(server.rw, 'archive');
    await addLocation(page, { backend: 'SFTP server', name: 'Station', fields: { Address: `sftp://${server.rw.name}@127.0.0.1:${line.port}${archive}`, 'Password or passphrase': server.rw.password, 'Trusted host key': server.hostKeys[0]?.fingerprint ?? '' } });
    await expect(page.getByRole('contentinfo')).toContainText(/iB free/);
    const file = await makeFile(join(folders.desktop, 'recording.wav'), 48 * MIB);
    line.set({ up: { cutAfter: 30 * MIB, cut: 'reset' }, times: 1 });
    await dropFiles(page, [file], fileGrid(page));
    await expect(fileRow(page, 'recording.wav')).toContainText('sha256 · server digest', { timeout: 60_000 });
    expect(await sha256(join(archive, 'recording.wav'))).toBe(await sha256(file));
    await fileRow(page, 'recording.wav').click();
    await expect(inspector(page)).toContainText(/Went on at 2\d(\.\d)?\sMiB: what was there was proven by the server’s sha256/);
  } finally {
    await line.stop();
    await server.stop();
  }
});
