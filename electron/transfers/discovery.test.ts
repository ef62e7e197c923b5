import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StorageError } from '../../shared/storage/errors.ts';
import type { BatchRow } from '../database/batches.ts';
import { discover } from './discovery.ts';
import { ManualClock } from './manual-clock.ts';
import { type QueueFixture, openFixture } from './queue-fixture.ts';
import { type Found, type Walker, foundFile } from './walk-items.ts';

const AT = '2026-11-24T00:00:00.000Z';
const PER_PAGE = 2;

let fixture: QueueFixture;
let batch: BatchRow;
let clock: ManualClock;
beforeEach(async () => {
  fixture = await openFixture();
  clock = new ManualClock();
  const { owners, batches } = fixture.database.journal;
  await owners.register({ id: 'owner', pid: 1, host: 'h', started: 0, heartbeat: 0 });
  batch = await batches.add({ id: 'b', owner: 'owner', title: '', direction: 'download', conflict: 'fail', locationId: 'l', root: '/down', options: '{}', queuedAt: AT, walks: [{ source: 'top', destination: '/down/top' }] });
});
afterEach(() => fixture.close());

/** A tree: a folder ends with a slash. `fail` throws instead of giving that page of that folder. */
function walker(tree: Readonly<Record<string, readonly string[]>>, fail: (folder: string, page: number) => StorageError | null = () => null): Walker {
  const found = (source: string, destination: string): Found => (source.endsWith('/') ? { kind: 'folder', source: source.slice(0, -1), destination: destination.slice(0, -1) } : foundFile(source, destination, 1));
  return {
    separator: '/',
    look: (source, destination) => Promise.resolve({ kind: 'folder', source, destination }),
    list: async function* (source, destination) {
      const names = tree[source] ?? [];
      for (let at = 0; at === 0 || at < names.length; at += PER_PAGE) {
        await nextTurn();
        const error = fail(source, at / PER_PAGE);
        if (error !== null) throw error;
        yield names.slice(at, at + PER_PAGE).map((name) => found(`${source}/${name}`, `${destination}/${name}`));
      }
    },
  };
}

const walk = (using: Walker, signal = new AbortController().signal) => discover({ journal: fixture.database.journal, batch: batch.seq, owner: 'owner', walker: using, clock, signal, onQueued: () => undefined });
const rows = async () => (await fixture.database.journal.transfers.list({ offset: 0, limit: 1000, batch: batch.seq })).map(({ source, kind, state }) => `${source} ${kind} ${state}`).toSorted();

const TREE = { top: ['a', 'b', 'sub/', 'c', 'empty/', 'd'], 'top/sub': ['x', 'y', 'z'] };
const WHOLE = ['top/a file queued', 'top/b file queued', 'top/c file queued', 'top/d file queued', 'top/empty folder queued', 'top/sub/x file queued', 'top/sub/y file queued', 'top/sub/z file queued'];

test('a tree is queued whole, empty folders too, and nothing is left to walk', async () => {
  await walk(walker(TREE));
  expect(await rows()).toEqual(WHOLE);
  expect(await fixture.database.journal.walks.next(batch.seq, 10)).toEqual([]);
});

test.each([0, 1, 2])('a listing that breaks off before page %i for a moment goes on without queueing anything twice', async (page) => {
  let failures = 2;
  const done = walk(walker(TREE, (folder, at) => (folder === 'top' && at === page && failures-- > 0 ? new StorageError('unavailable', 'gone') : null)));
  let ended = false;
  void done.then(() => (ended = true));
  while (!ended) {
    clock.advance(1000);
    await nextTurn();
  }
  expect(await rows()).toEqual(WHOLE);
});

test.each([0, 1, 2])('a process that dies before page %i leaves a walk that another one ends, without queueing anything twice', async (page) => {
  const dying = new AbortController();
  const died = walk(
    walker(TREE, (folder, at) => {
      if (folder !== 'top' || at !== page) return null;
      dying.abort();
      return new StorageError('canceled', 'Canceled.');
    }),
    dying.signal,
  );
  await expect(died).rejects.toMatchObject({ code: 'canceled' });
  await walk(walker(TREE));
  expect(await rows()).toEqual(WHOLE);
});

test('a folder that cannot be listed to the end is a row; its retry queues the rest, nothing of it or of its folders twice', async () => {
  const denied = new StorageError('permission_denied', 'no');
  await walk(walker(TREE, (folder, page) => (folder === 'top' && page === 2 ? denied : null)));
  expect(await rows()).toEqual(['top walk failed', 'top/a file queued', 'top/b file queued', 'top/c file queued', 'top/sub/x file queued', 'top/sub/y file queued', 'top/sub/z file queued']);
  expect(await fixture.database.journal.transfers.retry({}, 'owner', 100)).toBe(1);
  await walk(walker(TREE));
  expect(await rows()).toEqual(WHOLE);
});

test('a batch that another process took over is not walked on', async () => {
  await fixture.database.journal.owners.evict(['owner']);
  await expect(walk(walker(TREE))).rejects.toMatchObject({ code: 'unavailable', retryable: false });
  expect(await rows()).toEqual([]);
});
