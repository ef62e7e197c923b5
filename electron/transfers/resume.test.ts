import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { StorageError } from '../../shared/storage/errors.ts';
import type { Receipt } from '../../shared/transfers/transfer.ts';
import { createMemoryBackend } from '../storage/backends/memory/definition.ts';
import { MemoryStorage } from '../storage/backends/memory/memory-storage.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import { pattern } from '../storage/testing/subject.ts';
import { RESUME_FROM } from './leftover.ts';
import { ManualClock } from './manual-clock.ts';
import { LOCATION_ID, type QueueFixture, openFixture, until } from './queue-fixture.ts';
import type { TransferQueue } from './transfer-queue.ts';

const MIB = 1024 * 1024;
const BYTES = pattern(24 * MIB, 3);
const CUT = 18 * MIB;
const DIGEST = `sha256:${createHash('sha256').update(BYTES).digest('hex')}`;

const open: QueueFixture[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function prepared(storage: MemoryStorage): Promise<QueueFixture> {
  const fixture = await openFixture(createMemoryBackend({ storage, capabilities: { serverDigest: ['sha256'] } }));
  open.push(fixture);
  await mkdir(join(fixture.folder, 'back'), { recursive: true });
  return fixture;
}

/** The next `times` streams that are written to (upload) or read from (download) break after so many bytes. */
function breakLine(location: StorageLocation, side: 'upload' | 'download', at: number, times = 1): { readonly moved: number[] } {
  const moved: number[] = [];
  let left = times;
  const file = location.file.bind(location);
  location.file = (path, known) => {
    const one = file(path, known);
    if (side === 'upload') {
      const getSaveStream = one['getSaveStream'].bind(one);
      const watched: typeof getSaveStream = async (options) => {
        const handle = await getSaveStream(options);
        const breaks = left-- > 0;
        let bytes = 0;
        const write = handle.stream._write.bind(handle.stream);
        handle.stream._write = (chunk: Buffer, encoding, done) => {
          bytes += chunk.length;
          if (breaks && bytes > at) done(new StorageError('unavailable', 'The line was cut.'));
          else write(chunk, encoding, done);
        };
        return handle;
      };
      return Object.defineProperty(one, 'getSaveStream', { value: watched });
    }
    const openFile = one.open.bind(one);
    one.open = async (options) => {
      const breaks = left-- > 0;
      const stream = await openFile(options);
      const index = moved.push(0) - 1;
      return Readable.from(
        (async function* cut() {
          for await (const chunk of stream) {
            if (breaks && (moved[index] ?? 0) >= at) throw new StorageError('unavailable', 'The line was cut.');
            moved[index] = (moved[index] ?? 0) + (chunk as Buffer).length;
            yield chunk as Buffer;
          }
        })(),
        { objectMode: false },
      );
    };
    return one;
  };
  return { moved };
}

async function receipts(fixture: QueueFixture): Promise<readonly Receipt[]> {
  return (await fixture.database.receipts.page({ offset: 0, limit: 10, search: '' })).rows;
}

/** Waits until the transfer waits for its next try, then lets the time pass. */
async function letItTryAgain(queue: TransferQueue, clock: ManualClock, batchId: string): Promise<void> {
  await until(async () => ((await queue.list({ offset: 0, limit: 1, batchId, states: ['queued'] })).rows[0]?.attempts ? true : null));
  await until(async () => (clock.advance(60_000), (await queue.list({ offset: 0, limit: 1, batchId, states: ['queued'] })).total === 0 ? true : null));
}

describe('an upload that was cut', () => {
  test('goes on at the next try by itself; the receipt says where, and how what was there was proven', async () => {
    const storage = new MemoryStorage();
    const fixture = await prepared(storage);
    const source = join(fixture.sources, 'large.bin');
    await writeFile(source, BYTES);
    breakLine(fixture.location, 'upload', CUT);
    const clock = new ManualClock();
    const queue = fixture.queue({ clock });
    await queue.start();
    const batchId = await queue.upload({ paths: [source], locationId: LOCATION_ID, folder: '', conflict: 'fail' });
    await letItTryAgain(queue, clock, batchId);
    await queue.whenFinished(batchId);
    const [receipt, ...others] = await receipts(fixture);
    expect(others).toEqual([]);
    expect(receipt).toMatchObject({ attempts: 2, checksums: { sha256: DIGEST }, errors: [{ code: 'unavailable' }], resumed: [{ proof: 'read back', algorithm: 'sha256' }] });
    expect(receipt?.resumed[0]?.offset).toBeGreaterThan(CUT - 2 * MIB);
    expect(storage.residue()).toEqual(['large.bin']);
    expect(storage.object(storage.uriOf('large.bin')).bytes.equals(BYTES)).toBe(true);
  });

  test('leaves nothing when it is canceled instead', async () => {
    const storage = new MemoryStorage();
    const fixture = await prepared(storage);
    const source = join(fixture.sources, 'large.bin');
    await writeFile(source, BYTES);
    breakLine(fixture.location, 'upload', CUT);
    const clock = new ManualClock();
    const queue = fixture.queue({ clock });
    await queue.start();
    const batchId = await queue.upload({ paths: [source], locationId: LOCATION_ID, folder: '', conflict: 'fail' });
    await until(async () => ((await queue.list({ offset: 0, limit: 1, batchId, states: ['queued'] })).rows[0]?.attempts ? true : null));
    expect(storage.residue(), 'the piece waits for the next try').toHaveLength(1);
    await queue.cancel({ batchId });
    expect(storage.residue()).toEqual([]);
  });

  test('goes on after the program was closed while it was under way', async () => {
    const storage = new MemoryStorage();
    const fixture = await prepared(storage);
    const source = join(fixture.sources, 'large.bin');
    await writeFile(source, BYTES);
    const first = fixture.queue();
    await first.start();
    const batchId = await first.upload({ paths: [source], locationId: LOCATION_ID, folder: '', conflict: 'fail' });
    await until(async () => ((await first.overview()).active.some(({ status }) => status.state === 'transferring' && status.progress.bytes > 2 * MIB) ? true : null));
    const release = storage.stall();
    const closing = first.close();
    release();
    await closing;
    const second = fixture.queue();
    await second.start({ takeOver: true });
    await second.whenFinished(batchId);
    const [receipt] = await receipts(fixture);
    expect(receipt).toMatchObject({ checksums: { sha256: DIGEST }, resumed: [{ proof: 'read back' }] });
    expect(storage.residue()).toEqual(['large.bin']);
  });

  test('of a small file begins anew, and nothing is written down for it', async () => {
    const storage = new MemoryStorage();
    const fixture = await prepared(storage);
    const source = join(fixture.sources, 'small.bin');
    await writeFile(source, BYTES.subarray(0, RESUME_FROM - 1));
    breakLine(fixture.location, 'upload', 3 * MIB);
    const clock = new ManualClock();
    const queue = fixture.queue({ clock });
    await queue.start();
    const batchId = await queue.upload({ paths: [source], locationId: LOCATION_ID, folder: '', conflict: 'fail' });
    await letItTryAgain(queue, clock, batchId);
    await queue.whenFinished(batchId);
    expect((await receipts(fixture))[0]).toMatchObject({ attempts: 2, resumed: [] });
  });
});

describe('a download that was cut', () => {
  async function downloaded(change: (storage: MemoryStorage) => void): Promise<{ readonly fixture: QueueFixture; readonly moved: readonly number[] }> {
    const storage = new MemoryStorage();
    const fixture = await prepared(storage);
    storage.publish('large.bin', storage.uriOf('large.bin'), BYTES, new Date(1_000_000), false);
    const { moved } = breakLine(fixture.location, 'download', CUT);
    const clock = new ManualClock();
    const queue = fixture.queue({ clock });
    await queue.start();
    const batchId = await queue.download({ locationId: LOCATION_ID, paths: ['large.bin'], targetFolder: join(fixture.folder, 'back'), conflict: 'fail' });
    await until(async () => ((await queue.list({ offset: 0, limit: 1, batchId, states: ['queued'] })).rows[0]?.attempts ? true : null));
    expect(await readdir(join(fixture.folder, 'back')), 'nothing under the real name').not.toContain('large.bin');
    change(storage);
    await letItTryAgain(queue, clock, batchId);
    await queue.whenFinished(batchId);
    expect(await readdir(join(fixture.folder, 'back'))).toEqual(['large.bin']);
    return { fixture, moved };
  }

  test('fetches only what is missing', async () => {
    const { fixture, moved } = await downloaded(() => undefined);
    expect(moved).toHaveLength(2);
    expect((moved[0] ?? 0) + (moved[1] ?? 0)).toBeLessThan(BYTES.length + 4 * MIB);
    expect((await receipts(fixture))[0]).toMatchObject({ checksums: { sha256: DIGEST }, evidence: [{ level: 0 }, { level: 2 }], resumed: [{ proof: 'read back' }] });
    expect((await readFile(join(fixture.folder, 'back', 'large.bin'))).equals(BYTES)).toBe(true);
  });

  test('begins anew when the stored file is another one by then, and never mixes them', async () => {
    const other = pattern(BYTES.length, 9);
    const { fixture } = await downloaded((storage) => storage.publish('large.bin', storage.uriOf('large.bin'), other, new Date(2_000_000), true));
    expect((await receipts(fixture))[0]).toMatchObject({ resumed: [] });
    expect((await readFile(join(fixture.folder, 'back', 'large.bin'))).equals(other)).toBe(true);
  });
});
