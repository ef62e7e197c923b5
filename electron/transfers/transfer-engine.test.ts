import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StorageError } from '../../shared/storage/errors.ts';
import { ManualClock } from './manual-clock.ts';
import { LOCATION_ID, type QueueFixture, openFixture, until } from './queue-fixture.ts';
import { ScriptedRunner, failure, stored } from './scripted-runner.ts';
import type { TransferQueue } from './transfer-queue.ts';

let fixture: QueueFixture;
let runner: ScriptedRunner;
let clock: ManualClock;
let queue: TransferQueue;
beforeEach(async () => {
  fixture = await openFixture();
  runner = new ScriptedRunner();
  clock = new ManualClock();
  queue = fixture.queue({ runner, clock, concurrency: 2 });
  await queue.start();
});
afterEach(() => fixture.close());

async function upload(name: string, files: number): Promise<string> {
  const folder = join(fixture.sources, name);
  await mkdir(folder, { recursive: true });
  for (let index = 0; index < files; index++) await writeFile(join(folder, `${name}${index}`), '');
  return queue.upload({ paths: [folder], locationId: LOCATION_ID, folder: '', conflict: 'fail' });
}
const active = (count: number) => until(() => Promise.resolve(runner.active.length === count ? true : null));
const counts = async () => (await queue.overview()).counts;
const unavailable = new StorageError('unavailable', 'The server is gone.');

test('no more than the allowed number move at the same time, also after it was changed', async () => {
  runner.answer(stored);
  await queue.whenFinished(await upload('a', 20));
  expect(runner.most).toBe(2);
  queue.setConcurrency(5);
  await queue.whenFinished(await upload('b', 20));
  expect(runner.most).toBe(5);
});

test('batches take turns: a small one is not kept waiting by a large one', async () => {
  await queue.pause({});
  const large = await upload('large', 30);
  const small = await upload('small', 3);
  await until(async () => ((await counts()).queued === 33 ? true : null));
  runner.answer(stored);
  await queue.resume({});
  await Promise.all([queue.whenFinished(large), queue.whenFinished(small)]);
  const last = runner.begun.findLastIndex((source) => source.includes('small'));
  expect(last).toBeLessThan(10);
});

test('nothing new is begun while paused', async () => {
  await queue.pause({});
  const id = await upload('a', 3);
  await until(async () => ((await counts()).queued === 3 ? true : null));
  expect(runner.begun).toEqual([]);
  expect((await queue.overview()).paused).toBe(true);
  runner.answer(stored);
  await queue.resume({});
  await queue.whenFinished(id);
});

test('what may pass is tried again, not at once, and the receipt tells of every failure', async () => {
  const id = await upload('a', 1);
  for (let tries = 1; tries <= 3; tries++) {
    await active(1);
    runner.active[0]?.end(failure(unavailable));
    await until(async () => ((await counts()).queued === 1 ? true : null));
    expect(runner.begun).toHaveLength(tries);
    await passUntilBegun(tries + 1);
  }
  const [run] = runner.active;
  if (run !== undefined) run.end(stored(run.job));
  expect((await queue.whenFinished(id)).counts).toMatchObject({ done: 1 });
  const [receipt] = await fixture.database.receipts.forFile(LOCATION_ID, 'a/a0');
  expect(receipt).toMatchObject({ attempts: 4, errors: [{ code: 'unavailable' }, { code: 'unavailable' }, { code: 'unavailable' }] });
});

test('after the last try the row is failed with what happened; a retry begins a new count', async () => {
  runner.answer(() => failure(unavailable));
  const id = await upload('a', 1);
  const finished = queue.whenFinished(id);
  await passUntilBegun(4);
  expect((await finished).counts).toMatchObject({ failed: 1 });
  const [row] = (await queue.list({ offset: 0, limit: 1, batchId: id })).rows;
  expect(row).toMatchObject({ attempts: 4, status: { state: 'failed', error: { code: 'unavailable', message: 'The server is gone.' } } });
  await queue.retry({});
  await passUntilBegun(8);
  runner.answer(stored);
  await until(async () => ((await counts()).failed === 1 ? true : null));
  await queue.retry({});
  expect((await queue.whenFinished(id)).counts).toMatchObject({ done: 1 });
});

test('what cannot pass by itself is not tried again', async () => {
  runner.answer(() => failure(new StorageError('checksum_mismatch', 'other bytes')));
  expect((await queue.whenFinished(await upload('a', 2))).counts).toMatchObject({ failed: 2 });
  expect(runner.begun).toHaveLength(2);
});

test('when a storage is in trouble, the rest of the batch is not thrown at it', async () => {
  runner.answer(() => failure(unavailable));
  await upload('a', 100);
  await until(() => Promise.resolve(runner.begun.length >= 16 ? true : null));
  await until(async () => ((await counts()).transferring === 0 ? true : null));
  expect(runner.begun.length).toBeLessThanOrEqual(18);
});

test('bytes of a failed try that lie under the real name may be replaced by the next one', async () => {
  const id = await upload('a', 1);
  await active(1);
  expect(runner.active[0]?.job).toMatchObject({ published: false, interrupted: false });
  runner.active[0]?.end(failure(unavailable, 'a/a0 (2)'));
  await passUntilBegun(2);
  await active(1);
  expect(runner.active[0]?.job).toMatchObject({ published: true, destination: 'a/a0 (2)' });
  const [run] = runner.active;
  if (run !== undefined) run.end(stored(run.job));
  await queue.whenFinished(id);
});

test('one, a batch, or everything is canceled, under way or waiting; the rest goes on', async () => {
  const first = await upload('a', 10);
  const second = await upload('b', 2);
  await active(2);
  await until(async () => ((await counts()).queued === 10 ? true : null));
  const [row] = (await queue.list({ offset: 0, limit: 1, batchId: first })).rows;
  await queue.cancel({ transferId: row?.id });
  expect((await queue.list({ offset: 0, limit: 1, batchId: first })).rows).toMatchObject([{ status: { state: 'canceled' } }]);
  await queue.cancel({ batchId: first });
  expect((await queue.whenFinished(first)).counts).toMatchObject({ canceled: 10, queued: 0, transferring: 0 });
  expect((await counts()).canceled).toBe(10);
  await active(2);
  await queue.cancel({});
  expect((await queue.whenFinished(second)).counts).toMatchObject({ canceled: 2 });
  expect(runner.active).toEqual([]);
});

test('cancel during discovery ends it, whatever was queued meanwhile', async () => {
  const id = await upload('a', 50);
  await queue.cancel({ batchId: id });
  const { counts: ended, discovering } = await queue.whenFinished(id);
  expect(discovering).toBe(false);
  expect(ended.queued + ended.transferring + ended.done).toBe(0);
});

test('progress, phases, speed and time left of what is under way are in the overview and the list', async () => {
  const id = await upload('a', 1);
  await active(1);
  const handlers = runner.active[0]?.handlers;
  handlers?.onProgress({ bytes: 0, total: 4000 });
  clock.advance(1000);
  handlers?.onProgress({ bytes: 1000, total: 4000 });
  expect(await queue.overview()).toMatchObject({ counts: { transferring: 1, verifying: 0 }, bytesPerSecond: 1000, active: [{ status: { state: 'transferring', progress: { bytes: 1000, total: 4000 } }, bytesPerSecond: 1000, secondsLeft: 3 }] });
  handlers?.onRung('read back');
  handlers?.onProgress({ bytes: 500, total: 4000 });
  expect(await queue.overview()).toMatchObject({ counts: { transferring: 0, verifying: 1 }, active: [{ status: { state: 'verifying', rung: 'read back', progress: { bytes: 500 } } }] });
  expect(await queue.list({ offset: 0, limit: 5, batchId: id, states: ['verifying'] })).toMatchObject({ rows: [{ status: { state: 'verifying' } }] });
  expect((await queue.list({ offset: 0, limit: 5, batchId: id, states: ['transferring'] })).rows).toEqual([]);
});

test('a journal that cannot be written stops new work and is reported', async () => {
  const { database } = fixture;
  const full = new Proxy(database.journal.transfers, { get: (table, name) => (name === 'finish' ? () => Promise.reject(new StorageError('out_of_space', 'full')) : (Reflect.get(table, name) as unknown)) });
  const hindered = fixture.queue({ runner, clock, concurrency: 2, database: { ...database, journal: { ...database.journal, transfers: full } } });
  const troubles: string[] = [];
  hindered.onTrouble(({ code }) => troubles.push(code));
  await hindered.start();
  await mkdir(join(fixture.sources, 'a'));
  for (const name of ['1', '2', '3', '4']) await writeFile(join(fixture.sources, 'a', name), '');
  const id = await hindered.upload({ paths: [join(fixture.sources, 'a')], locationId: LOCATION_ID, folder: '', conflict: 'fail' });
  const told = expect(hindered.whenFinished(id)).rejects.toMatchObject({ code: 'out_of_space' });
  await active(2);
  const [run] = runner.active;
  if (run !== undefined) run.end(stored(run.job));
  await until(() => Promise.resolve(troubles.length > 0 ? true : null));
  expect(troubles).toEqual(['out_of_space']);
  expect((await hindered.overview()).paused).toBe(true);
  await told;
});

test('a database that fails before the first byte leaves nothing under way, so that a cancel ends', async () => {
  const { database } = fixture;
  await writeFile(join(fixture.folder, 'stored', 'x'), '');
  const hindered = fixture.queue({ runner, clock, database: { ...database, fileStates: { ...database.fileStates, forPaths: () => Promise.reject(new StorageError('out_of_space', 'full')) } } });
  await hindered.start();
  const id = await hindered.download({ locationId: LOCATION_ID, paths: ['x'], targetFolder: fixture.sources, conflict: 'fail' });
  await expect(hindered.whenFinished(id)).rejects.toMatchObject({ code: 'out_of_space' });
  await hindered.cancel({ batchId: id });
  expect((await hindered.overview()).active).toEqual([]);
});

test('what a process left that died meanwhile is taken over, and what is under way here goes on undisturbed', async () => {
  const others = new ScriptedRunner();
  const silent = new ManualClock();
  const other = fixture.queue({ runner: others, clock: silent });
  await other.start();
  await upload('a', 1);
  await active(1);
  await mkdir(join(fixture.sources, 'b'));
  await writeFile(join(fixture.sources, 'b', 'b0'), '');
  const id = await other.upload({ paths: [join(fixture.sources, 'b')], locationId: LOCATION_ID, folder: '', conflict: 'fail' });
  const lost = expect(other.whenFinished(id)).rejects.toMatchObject({ code: 'unavailable' });
  await until(() => Promise.resolve(others.active.length === 1 ? true : null));
  await expect(queue.cancel({ batchId: id })).rejects.toMatchObject({ code: 'unavailable' });

  clock.advance(11 * 60 * 1000);
  await queue.takeOver();
  await active(2);
  expect(runner.begun).toEqual([join(fixture.sources, 'a', 'a0'), join(fixture.sources, 'b', 'b0')]);
  expect(runner.active[1]?.job).toMatchObject({ interrupted: true });
  silent.advance(5000);
  await lost;
});

/** Lets time pass until so many tries were begun. */
async function passUntilBegun(tries: number): Promise<void> {
  await until(() => {
    if (runner.begun.length >= tries) return Promise.resolve(true);
    clock.advance(250);
    return Promise.resolve(null);
  });
}
