import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { LOCATION_ID, type QueueFixture, openFixture, treeOf, until } from './queue-fixture.ts';
import { ScriptedRunner } from './scripted-runner.ts';
import type { TransferQueue } from './transfer-queue.ts';

const HOUR_MS = 3_600_000;

let fixture: QueueFixture;
let clock: ManualClock;
beforeEach(async () => {
  fixture = await openFixture();
  clock = new ManualClock();
  await mkdir(join(fixture.sources, 'tree'));
  for (const name of ['a', 'b', 'c', 'd', 'e']) await writeFile(join(fixture.sources, 'tree', name), name);
});
afterEach(() => fixture.close());

/** A queue that begins two of five files and then does nothing more, like a process that hangs or is gone. */
async function stuck(): Promise<{ readonly queue: TransferQueue; readonly id: string }> {
  const runner = new ScriptedRunner();
  const queue = fixture.queue({ runner, clock: new ManualClock(), concurrency: 2 });
  await queue.start();
  const id = await queue.upload({ paths: [join(fixture.sources, 'tree')], locationId: LOCATION_ID, folder: '', conflict: 'fail' });
  await until(async () => (runner.active.length === 2 && (await queue.overview()).counts.queued === 3 ? true : null));
  return { queue, id };
}

test('what a dead process left is taken over and ends, each file once', async () => {
  const { id } = await stuck();
  clock.advance(HOUR_MS);
  const next = fixture.queue({ clock });
  await next.start({ takeOver: true });
  expect((await next.whenFinished(id)).counts).toMatchObject({ done: 5, failed: 0 });
  expect(Object.keys(await treeOf(join(fixture.folder, 'stored', 'tree')))).toHaveLength(5);
  const { rows } = await fixture.database.receipts.page({ offset: 0, limit: 100, search: '' });
  expect(rows.map(({ attempts }) => attempts).toSorted()).toEqual([1, 1, 1, 2, 2]);
});

test('a single command takes nothing over', async () => {
  const { id } = await stuck();
  clock.advance(HOUR_MS);
  const command = fixture.queue({ clock });
  await command.start();
  const own = await command.upload({ paths: [join(fixture.sources, 'tree', 'a')], locationId: LOCATION_ID, folder: 'own', conflict: 'fail' });
  await command.whenFinished(own);
  expect((await fixture.database.journal.batches.get(id))?.counts.filter(({ count }) => count > 0)).toMatchObject([{ state: 'queued', count: 3 }, { state: 'transferring', count: 2 }]);
});

test('the work of a living process is left alone: not taken over, not canceled, not retried', async () => {
  const { id } = await stuck();
  const other = fixture.queue({ clock });
  await other.start({ takeOver: true });
  await expect(other.cancel({ batchId: id })).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('Another process') });
  await other.cancel({});
  await other.clear({ includeFailed: true });
  expect((await other.overview()).batches).toMatchObject([{ id, counts: { queued: 3, transferring: 2, canceled: 0 } }]);
});

test('a process that comes back after it was taken for dead writes nothing over the one that took over', async () => {
  const { queue: first, id } = await stuck();
  clock.advance(HOUR_MS);
  const next = fixture.queue({ clock });
  await next.start({ takeOver: true });
  await next.whenFinished(id);
  await first.close();
  expect((await next.overview()).batches).toMatchObject([{ counts: { done: 5 } }]);
  expect((await fixture.database.receipts.page({ offset: 0, limit: 1, search: '' })).total).toBe(5);
});

test('closing leaves the rest in the journal, and the next start goes on; who waited is told', async () => {
  const { queue: first, id } = await stuck();
  const waiting = first.whenFinished(id).catch((error: unknown) => error);
  await first.close();
  expect(await waiting).toMatchObject({ code: 'canceled' });
  expect((await fixture.database.journal.batches.get(id))?.counts.filter(({ count }) => count > 0)).toMatchObject([{ state: 'queued', count: 5 }]);
  const next = fixture.queue({ clock });
  await next.start({ takeOver: true });
  expect((await next.whenFinished(id)).counts).toMatchObject({ done: 5 });
});
