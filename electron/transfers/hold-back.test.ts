import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SUSPENDED } from '../storage/operation-options.ts';
import { ManualClock } from './manual-clock.ts';
import { LOCATION_ID, type QueueFixture, openFixture, until } from './queue-fixture.ts';
import { ScriptedRunner, stored } from './scripted-runner.ts';
import type { TransferQueue } from './transfer-queue.ts';

let fixture: QueueFixture;
let runner: ScriptedRunner;
let queue: TransferQueue;
beforeEach(async () => {
  fixture = await openFixture();
  runner = new ScriptedRunner();
  queue = fixture.queue({ runner, clock: new ManualClock(), concurrency: 2 });
  await queue.start();
});
afterEach(() => fixture.close());

async function upload(name: string, files: number): Promise<string> {
  const folder = join(fixture.sources, name);
  await mkdir(folder, { recursive: true });
  for (let index = 0; index < files; index++) await writeFile(join(folder, `${name}${index}`), '');
  const id = await queue.upload({ paths: [folder], locationId: LOCATION_ID, folder: '', conflict: 'fail' });
  await until(async () => ((await summary(id))?.discovering === false ? true : null));
  return id;
}
const active = (count: number) => until(() => Promise.resolve(runner.active.length === count ? true : null));
const summary = async (id: string) => (await queue.overview()).batches.find((batch) => batch.id === id);

test('a batch that is held back stops with what it has, others go on, and later it costs no try', async () => {
  const held = await upload('held', 4);
  await active(2);
  const reasons = runner.active.map(({ handlers }) => handlers.signal);
  await queue.pause({ batchId: held });
  expect(reasons.map(({ reason }) => reason as unknown)).toEqual([SUSPENDED, SUSPENDED]);
  expect(await summary(held)).toMatchObject({ paused: true, counts: { queued: 4, transferring: 0, canceled: 0, failed: 0 } });

  runner.answer(stored);
  await queue.whenFinished(await upload('other', 3));
  expect((await summary(held))?.counts).toMatchObject({ queued: 4 });
  expect(runner.begun.filter((source) => source.includes('held'))).toHaveLength(2);

  await queue.resume({ batchId: held });
  expect((await queue.whenFinished(held)).counts).toMatchObject({ done: 4 });
  const { rows } = await queue.list({ offset: 0, limit: 9, batchId: held });
  expect(await Promise.all(rows.map(async ({ id }) => (await fixture.database.journal.transfers.get(Number(id)))?.tries))).toEqual([1, 1, 1, 1]);
});

test('what was under way is looked at before it is sent again', async () => {
  const id = await upload('a', 1);
  await active(1);
  expect(runner.active[0]?.job.interrupted).toBe(false);
  await queue.pause({ batchId: id });
  await queue.resume({ batchId: id });
  await active(1);
  expect(runner.active[0]?.job.interrupted).toBe(true);
});

test('a batch stays held back when another process goes on with the journal', async () => {
  const id = await upload('a', 2);
  await queue.pause({ batchId: id });
  await queue.close();
  const next = fixture.queue({ runner, clock: new ManualClock(), concurrency: 2 });
  await next.start({ takeOver: true });
  runner.answer(stored);
  expect((await next.overview()).batches.find((batch) => batch.id === id)).toMatchObject({ paused: true, counts: { queued: 2 } });
  await next.resume({ batchId: id });
  expect((await next.whenFinished(id)).counts).toMatchObject({ done: 2 });
});

test('everything is held back and goes on', async () => {
  const id = await upload('a', 3);
  await active(2);
  await queue.pause({});
  expect(runner.active).toEqual([]);
  expect(await queue.overview()).toMatchObject({ paused: true, counts: { queued: 3, transferring: 0 } });
  runner.answer(stored);
  await queue.resume({});
  expect((await queue.whenFinished(id)).counts).toMatchObject({ done: 3 });
});

test('one transfer is held back, under way or waiting; an answer to conflicts of its batch does not touch it', async () => {
  const id = await upload('a', 4);
  await active(2);
  const { rows } = await queue.list({ offset: 0, limit: 9, batchId: id });
  await queue.pause({ transferId: rows[0]?.id });
  await queue.pause({ transferId: rows[3]?.id });
  expect((await queue.list({ offset: 0, limit: 9, batchId: id, states: ['paused'] })).rows).toMatchObject([{ id: rows[0]?.id, status: { reason: 'user' } }, { id: rows[3]?.id, status: { reason: 'user' } }]);
  runner.answer(stored);
  for (const run of [...runner.active]) run.end(stored(run.job));
  await until(async () => ((await summary(id))?.counts.done === 2 ? true : null));
  await queue.answerConflict({ transferId: rows[0]?.id ?? '', action: 'overwrite', wholeBatch: true });
  expect((await summary(id))?.counts).toMatchObject({ paused: 2, done: 2 });
  await queue.resume({ transferId: rows[0]?.id });
  await queue.resume({ transferId: rows[3]?.id });
  expect((await queue.whenFinished(id)).counts).toMatchObject({ done: 4 });
});

test('pausing what has ended, and going on with what was not held back, changes nothing', async () => {
  runner.answer(stored);
  const id = await upload('a', 1);
  await queue.whenFinished(id);
  const [row] = (await queue.list({ offset: 0, limit: 1, batchId: id })).rows;
  await queue.pause({ transferId: row?.id });
  await queue.resume({ transferId: row?.id });
  expect((await summary(id))?.counts).toMatchObject({ done: 1 });
  await expect(queue.pause({ transferId: '999' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(queue.setPriority('nope', 1)).rejects.toMatchObject({ code: 'not_found' });
});

test('a batch before others is moved first, one after others last', async () => {
  await queue.pause({});
  const last = await upload('last', 3);
  const normal = await upload('normal', 3);
  const first = await upload('first', 3);
  await queue.setPriority(last, -1);
  await queue.setPriority(first, 1);
  runner.answer(stored);
  await queue.resume({});
  await Promise.all([last, normal, first].map((id) => queue.whenFinished(id)));
  const order = runner.begun.map((source) => source.slice(source.lastIndexOf('/') + 1, -1));
  expect(order).toEqual([...Array<string>(3).fill('first'), ...Array<string>(3).fill('normal'), ...Array<string>(3).fill('last')]);
  expect(await summary(first)).toMatchObject({ priority: 1 });
});

test('what is taken over is what nobody works on: one batch that was asked for, or all, and never that of another process', async () => {
  const kept = await upload('kept', 1);
  const left = await upload('left', 1);
  await queue.pause({});
  const other = fixture.queue({ runner: new ScriptedRunner(), clock: new ManualClock() });
  await other.start();
  expect(await other.adopt()).toEqual([]);
  await queue.close();
  expect(await other.adopt(left)).toEqual([left]);
  expect(await other.adopt()).toEqual([kept, left]);
});
