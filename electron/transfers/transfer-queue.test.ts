import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { LOCATION_ID, type QueueFixture, openFixture, treeOf } from './queue-fixture.ts';

const open: QueueFixture[] = [];
const fixture = async (...parameters: Parameters<typeof openFixture>): Promise<QueueFixture> => {
  const made = await openFixture(...parameters);
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function makeTree(sources: string): Promise<void> {
  await mkdir(join(sources, 'tree', 'deep', 'empty'), { recursive: true });
  await writeFile(join(sources, 'tree', 'a.txt'), 'a');
  await writeFile(join(sources, 'tree', 'deep', 'e\u0301 \u00e9 😀.bin'), Buffer.alloc(3_000_000, 7));
  await writeFile(join(sources, 'single'), '');
}

test('uploads a tree: bytes, unicode names and empty folders arrive, each file with one receipt', async () => {
  const { sources, folder, database, queue: make } = await fixture();
  await makeTree(sources);
  const queue = make();
  await queue.start();
  const id = await queue.upload({ paths: [join(sources, 'tree'), join(sources, 'single')], locationId: LOCATION_ID, folder: 'in/here', conflict: 'fail' });
  const summary = await queue.whenFinished(id);
  expect(summary.counts).toMatchObject({ done: 4, failed: 0, queued: 0 });
  expect(summary).toMatchObject({ discovering: false, bytesTotal: 3_000_001, bytesDone: 3_000_001, title: '2 items' });
  const { 'in/': _in, 'in/here/': _here, ...stored } = await treeOf(join(folder, 'stored'));
  expect(stored).toEqual(Object.fromEntries(Object.entries(await treeOf(sources)).map(([name, bytes]) => [`in/here/${name}`, bytes])));
  const { rows, total } = await database.receipts.page({ offset: 0, limit: 10, search: '' });
  expect(total).toBe(3);
  expect(rows.map(({ evidence }) => Math.max(...evidence.map(({ level }) => level)))).toEqual([3, 3, 3]);
  const states = await database.fileStates.forPaths(LOCATION_ID, ['in/here/single', 'in/here/tree/a.txt']);
  expect([...states.values()].map(({ kind, level }) => ({ kind, level }))).toEqual([{ kind: 'proven', level: 3 }, { kind: 'proven', level: 3 }]);
});

test('downloads a tree back, proven by the receipts of the upload', async () => {
  const { sources, folder, database, queue: make } = await fixture();
  await makeTree(sources);
  const queue = make();
  await queue.start();
  await queue.whenFinished(await queue.upload({ paths: [join(sources, 'tree')], locationId: LOCATION_ID, folder: '', conflict: 'fail' }));
  await mkdir(join(folder, 'back'));
  const summary = await queue.whenFinished(await queue.download({ locationId: LOCATION_ID, paths: ['tree'], targetFolder: join(folder, 'back'), conflict: 'fail' }));
  expect(summary.counts).toMatchObject({ done: 3, failed: 0 });
  expect(await treeOf(join(folder, 'back', 'tree'))).toEqual(await treeOf(join(sources, 'tree')));
  const [receipt] = await database.receipts.forFile(LOCATION_ID, 'tree/a.txt');
  expect(receipt).toMatchObject({ direction: 'download', evidence: [{ level: 0 }, { level: 3 }] });
});

test('links and special files in a tree become rows that failed, with the reason', async () => {
  const { sources, queue: make } = await fixture();
  await mkdir(join(sources, 'tree'));
  await symlink('/etc/passwd', join(sources, 'tree', 'link'));
  const queue = make();
  await queue.start();
  const id = await queue.upload({ paths: [join(sources, 'tree')], locationId: LOCATION_ID, folder: '', conflict: 'fail' });
  await queue.whenFinished(id);
  const { rows } = await queue.list({ offset: 0, limit: 10, batchId: id });
  expect(rows.map(({ status }) => status)).toMatchObject([{ state: 'failed', error: { code: 'unsupported', message: expect.stringContaining('symbolic link') } }]);
});
