import { mkdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { LOCATION_ID, type QueueFixture, openFixture, treeOf, until } from './queue-fixture.ts';

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

test('bytes that are known to be wrong are not downloaded as if nothing were known', async () => {
  const { sources, folder, database, queue: make } = await fixture();
  await makeTree(sources);
  const queue = make();
  await queue.start();
  await queue.whenFinished(await queue.upload({ paths: [join(sources, 'tree')], locationId: LOCATION_ID, folder: '', conflict: 'fail' }));
  const proven = (await database.fileStates.forPaths(LOCATION_ID, ['tree/a.txt'])).get('tree/a.txt');
  if (proven === undefined || proven.checksum === null) throw new Error('the upload was not recorded');
  const stored = join(folder, 'stored', 'tree', 'a.txt');
  const { atime, mtime, size } = await stat(stored);
  await writeFile(stored, 'x'.repeat(size));
  await utimes(stored, atime, mtime);
  await database.fileStates.record({ ...proven, kind: 'mismatch', expected: proven.checksum, found: `sha256:${'0'.repeat(64)}` });
  await mkdir(join(folder, 'back'));
  const batchId = await queue.download({ locationId: LOCATION_ID, paths: ['tree/a.txt'], targetFolder: join(folder, 'back'), conflict: 'fail' });
  await queue.whenFinished(batchId);
  const [row] = (await queue.list({ offset: 0, limit: 1, batchId })).rows;
  expect(row?.status).toMatchObject({ state: 'failed', error: { code: 'checksum_mismatch', context: { expected: proven.checksum } } });
  expect(await treeOf(join(folder, 'back'))).toEqual({});
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

test('two sources for one name never overwrite each other in one go', async () => {
  const { sources, queue: make } = await fixture();
  for (const folder of ['a', 'b']) {
    await mkdir(join(sources, folder));
    await writeFile(join(sources, folder, 'x'), folder);
  }
  const queue = make();
  await queue.start();
  const both = { paths: [join(sources, 'a', 'x'), join(sources, 'b', 'x')], locationId: LOCATION_ID, folder: '' };
  await expect(async () => queue.upload({ ...both, conflict: 'overwrite' })).rejects.toMatchObject({ code: 'invalid_config' });
  const { counts } = await queue.whenFinished(await queue.upload({ ...both, conflict: 'rename' }));
  expect(counts).toMatchObject({ done: 2 });
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

test('a name that is not valid Unicode is refused with the reason, the rest is sent', async () => {
  const { sources, queue: make } = await fixture();
  await mkdir(join(sources, 'tree'));
  await writeFile(Buffer.concat([Buffer.from(join(sources, 'tree') + '/bad-'), Buffer.from([0xff, 0xfe])]), 'x');
  await writeFile(join(sources, 'tree', 'good'), 'x');
  const queue = make();
  await queue.start();
  const id = await queue.upload({ paths: [join(sources, 'tree')], locationId: LOCATION_ID, folder: '', conflict: 'fail' });
  expect((await queue.whenFinished(id)).counts).toMatchObject({ done: 1, failed: 1 });
  const { rows } = await queue.list({ offset: 0, limit: 10, batchId: id, states: ['failed'] });
  expect(rows).toMatchObject([{ status: { error: { code: 'invalid_location', message: expect.stringContaining('Unicode') } } }]);
});

test('a conflict waits for the answer, which may hold for the whole batch, also for what comes later', async () => {
  const { sources, folder, queue: make } = await fixture();
  await mkdir(join(sources, 'tree'));
  for (const name of ['a', 'b', 'c']) {
    await writeFile(join(sources, 'tree', name), `new ${name}`);
  }
  const queue = make();
  await queue.start();
  const upload = (conflict: 'ask' | 'fail') => queue.upload({ paths: [join(sources, 'tree')], locationId: LOCATION_ID, folder: '', conflict });
  await queue.whenFinished(await upload('fail'));
  const id = await upload('ask');
  const paused = await until(async () => {
    const { rows, total } = await queue.list({ offset: 0, limit: 10, batchId: id, states: ['paused'] });
    return total === 3 ? rows : null;
  });
  expect(paused.map(({ status }) => status)).toEqual(Array(3).fill({ state: 'paused', reason: 'conflict' }));
  const [first, second] = paused;
  await queue.answerConflict({ transferId: first?.id ?? '', action: 'skip', wholeBatch: false });
  await queue.answerConflict({ transferId: second?.id ?? '', action: 'rename', wholeBatch: true });
  expect((await queue.whenFinished(id)).counts).toMatchObject({ done: 3, failed: 0 });
  expect(Object.keys(await treeOf(join(folder, 'stored', 'tree'))).toSorted()).toEqual(['a', 'b', 'b (2)', 'c', 'c (2)']);
  const { rows } = await queue.list({ offset: 0, limit: 10, batchId: id });
  expect(rows.map(({ status, destination }) => ('outcome' in status ? `${destination.path} ${status.outcome}` : status.state)).toSorted()).toEqual(['tree/a skipped', 'tree/b (2) stored', 'tree/c (2) stored']);
});

test('a folder that cannot be listed is a row; a retry walks it without queueing anything twice', async () => {
  const { sources, queue: make } = await fixture();
  const queue = make();
  await queue.start();
  const id = await queue.upload({ paths: [join(sources, 'later')], locationId: LOCATION_ID, folder: '', conflict: 'fail' });
  expect((await queue.whenFinished(id)).counts).toMatchObject({ failed: 1 });
  await writeFile(join(sources, 'later'), 'here now');
  await queue.retry({ batchId: id });
  expect((await queue.whenFinished(id)).counts).toMatchObject({ done: 1, failed: 0 });
});

test('folders that got something new are told, up to the folder of the batch', async () => {
  const { sources, queue: make } = await fixture();
  await makeTree(sources);
  const queue = make();
  const folders = new Set<string>();
  queue.onFolderChanged(({ locationId, path }) => folders.add(`${locationId}:${path}`));
  await queue.start();
  await queue.whenFinished(await queue.upload({ paths: [join(sources, 'tree')], locationId: LOCATION_ID, folder: 'in', conflict: 'fail' }));
  await until(async () => (folders.size >= 3 ? true : null));
  expect([...folders].toSorted()).toEqual(['loc:in', 'loc:in/tree', 'loc:in/tree/deep']);
});

test('cleared rows are gone from the list, their receipts stay; failures go only when asked', async () => {
  const { sources, database, queue: make } = await fixture();
  await writeFile(join(sources, 'a'), 'a');
  await mkdir(join(sources, 'b'));
  await symlink('nowhere', join(sources, 'b', 'link'));
  const queue = make();
  await queue.start();
  const id = await queue.upload({ paths: [join(sources, 'a'), join(sources, 'b')], locationId: LOCATION_ID, folder: '', conflict: 'fail' });
  await queue.whenFinished(id);
  await queue.clear({ includeFailed: false });
  expect((await queue.overview()).counts).toMatchObject({ done: 0, failed: 1 });
  await queue.clear({ includeFailed: true });
  expect((await queue.overview()).batches).toEqual([]);
  expect((await database.receipts.page({ offset: 0, limit: 1, search: '' })).total).toBe(1);
});

test('a source that is gone for good fails; a retry after it came back goes on with the same receipt story', async () => {
  const { sources, database, queue: make } = await fixture();
  await mkdir(join(sources, 'tree'));
  await writeFile(join(sources, 'tree', 'a'), 'a');
  const queue = make();
  await queue.pause({});
  await queue.start();
  const id = await queue.upload({ paths: [join(sources, 'tree')], locationId: LOCATION_ID, folder: '', conflict: 'fail' });
  await until(async () => ((await queue.overview()).counts.queued === 1 ? true : null));
  await rm(join(sources, 'tree', 'a'));
  await queue.resume({});
  expect((await queue.whenFinished(id)).counts).toMatchObject({ failed: 1 });
  await writeFile(join(sources, 'tree', 'a'), 'a again');
  const [row] = (await queue.list({ offset: 0, limit: 1, batchId: id })).rows;
  await queue.retry({ transferId: row?.id });
  await queue.whenFinished(id);
  const [receipt] = await database.receipts.forFile(LOCATION_ID, 'tree/a');
  expect(receipt).toMatchObject({ attempts: 2, errors: [{ code: 'not_found' }] });
});

test('commands on what is not there say so', async () => {
  const { queue: make } = await fixture();
  const queue = make();
  await queue.start();
  await expect(queue.cancel({ transferId: '12' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(queue.cancel({ transferId: '__proto__' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(queue.retry({ batchId: 'nope' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(queue.whenFinished('nope')).rejects.toMatchObject({ code: 'not_found' });
  await expect(queue.upload({ paths: [], locationId: LOCATION_ID, folder: '', conflict: 'fail' })).rejects.toMatchObject({ code: 'invalid_config' });
});
