import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { evidenceLevel } from '../../../../shared/storage/evidence.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { MIB, contents, listed, pattern, rejectsWith, sameBytes, sourceOf, store } from '../../testing/subject.ts';
import { SwiftOwner, type SwiftUser, connectSwift, leftOver } from './swift-harness.ts';

const PATH = 'film.mov';
const SIZE = 20 * MIB;
const FIRST = pattern(SIZE, 11);
const SECOND = pattern(SIZE, 12);

interface Opened {
  readonly location: StorageLocation;
  readonly owner: SwiftOwner;
  readonly container: string;
  segments(): Promise<readonly string[]>;
}

/** What a backend owes for files of segments, beyond the suite. */
export function describeLargeFiles(server: () => SwiftUser): void {
  async function onContainer(run: (opened: Opened) => Promise<void>, options: Readonly<Record<string, string>> = {}): Promise<void> {
    const owner = await SwiftOwner.signIn(server());
    const container = `large-${randomUUID()}`;
    await owner.make(container);
    const location = await connectSwift(server(), container, options);
    try {
      await run({ location, owner, container, segments: () => owner.names(`${container}_segments`) });
      expect(await leftOver(owner, container)).toEqual((await owner.names(container)).filter((name) => !name.startsWith('.holdfast-segments/')));
    } finally {
      await location.close();
    }
  }

  /** Cuts the source after 18 MiB. @returns the token */
  async function cut(location: StorageLocation, path = PATH): Promise<string> {
    let token = '';
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for await (const piece of sourceOf(FIRST.subarray(0, 18 * MIB))) yield piece as Uint8Array;
      throw new StorageError('unavailable', 'The line was cut.');
    }
    const { Readable } = await import('node:stream');
    await rejectsWith(() => location.file(path).save(Readable.from(pieces(), { objectMode: false }), { size: SIZE, resume: { token: null, keep: (kept) => (token = kept) } }), 'unavailable');
    return token;
  }

  const goOn = (location: StorageLocation, token: string) => location.file(PATH).save(sourceOf(FIRST), { size: SIZE, resume: { token, keep: () => undefined } });

  describe('a large file', () => {
    test('is proven by its segments, has no digest of the whole, and is listed with its size', () =>
      onContainer(async ({ location, segments }) => {
        const file = location.file(PATH);
        const { evidence } = await file.save(sourceOf(FIRST), { size: SIZE });
        expect(evidence.map(({ level, algorithm, parts }) => ({ level, algorithm, parts }))).toEqual([{ level: 0, algorithm: null, parts: undefined }, { level: 1, algorithm: 'md5', parts: 3 }, { level: 2, algorithm: 'md5', parts: 3 }]);
        sameBytes(await contents(location, PATH), FIRST, 'the file');
        expect(await file.checksum({ algorithm: 'md5' })).toBeNull();
        const [found] = await listed(location, '');
        expect(found).toMatchObject({ size: SIZE, checksum: null });
        expect(await location.stat(PATH)).toMatchObject({ size: SIZE, checksum: null });
        expect(await segments()).toHaveLength(3);
        const details = await location.details(PATH);
        expect(details.find(({ label }) => label === 'Segments')?.value).toMatch(/^3, of 8,388,608 bytes each but the last$/);
        expect(details.some(({ label }) => label.startsWith('ETag, the MD5 of the MD5s'))).toBe(true);
      }));

    test('of unknown size goes in segments too', () =>
      onContainer(async ({ location, segments }) => {
        const { evidence } = await location.file(PATH).save(sourceOf(FIRST));
        expect(evidenceLevel(evidence)).toBe(2);
        expect(await segments()).toHaveLength(2);
        sameBytes(await contents(location, PATH), FIRST, 'the file');
      }));

    test('that is replaced, by a large or a small one, leaves no segment', () =>
      onContainer(async ({ location, segments }) => {
        await store(location, PATH, FIRST);
        await store(location, PATH, SECOND);
        expect(await segments()).toHaveLength(3);
        sameBytes(await contents(location, PATH), SECOND, 'the second');
        await store(location, PATH, pattern(10));
        expect(await segments()).toEqual([]);
        sameBytes(await contents(location, PATH), pattern(10), 'the small one');
      }));

    test('is removed with its segments, also inside of a folder', () =>
      onContainer(async ({ location, segments }) => {
        await store(location, PATH, FIRST);
        await store(location, `folder/${PATH}`, SECOND);
        await location.file(PATH).delete();
        expect(await segments()).toHaveLength(3);
        await location.remove('folder', { recursive: true });
        expect(await segments()).toEqual([]);
      }));

    test('is renamed with its segments, alone, in a folder and over another one', () =>
      onContainer(async ({ location, segments }) => {
        await store(location, 'from/a.mov', FIRST);
        await store(location, 'b.mov', SECOND);
        await location.move('from', 'to');
        sameBytes(await contents(location, 'to/a.mov'), FIRST, 'moved with its folder');
        await location.move('to/a.mov', 'b.mov', { overwrite: true });
        expect((await listed(location, '')).map(({ path, size }) => [path, size])).toEqual([['b.mov', SIZE]]);
        sameBytes(await contents(location, 'b.mov'), FIRST, 'moved over another');
        expect(await segments()).toHaveLength(3);
        await location.remove('b.mov');
        expect(await segments()).toEqual([]);
      }));

    test('that was copied lives on when the original is removed', () =>
      onContainer(async ({ location, segments }) => {
        const original = await store(location, PATH, FIRST);
        const copy = location.file('copy.mov');
        const { evidence } = await copy.copyFrom(original);
        expect(evidenceLevel(evidence)).toBeGreaterThanOrEqual(2);
        expect(await segments()).toHaveLength(6);
        await original.delete();
        sameBytes(await contents(location, 'copy.mov'), FIRST, 'the copy');
        expect(await segments()).toHaveLength(3);
      }));

    test('in a folder of the container is found where it belongs', () =>
      onContainer(
        async ({ location, owner, container }) => {
          await store(location, PATH, FIRST);
          expect(await owner.names(container)).toEqual([`deep/inside/${PATH}`]);
          const token = await cut(location, 'cut/off.mov');
          expect((await location.unfinished('')).map(({ path }) => path)).toEqual(['cut/off.mov']);
          expect(await location.unfinished('other')).toEqual([]);
          await location.file('cut/off.mov').forget(token);
        },
        { prefix: 'deep/inside' },
      ));
  });

  describe('an upload that is not finished', () => {
    test('goes on with all segments that are there, also when some are missing or rotten', () =>
      onContainer(async ({ location, owner, container }) => {
        const token = await cut(location);
        const names = (await owner.names(`${container}_segments`)).filter((name) => name.startsWith('.holdfast-segments/'));
        expect(names).toHaveLength(2);
        await owner.ask('PUT', `${container}_segments/${names[0] ?? ''}`, { body: new Uint8Array(8 * MIB) });
        const { resumed, evidence } = await goOn(location, token);
        expect(resumed).toMatchObject({ offset: 8 * MIB, proof: 'part digests', algorithm: 'md5' });
        expect(evidence.map(({ level }) => level)).toEqual([0, 2]);
        sameBytes(await contents(location, PATH), FIRST, 'the file');
      }));

    test('is told and can be discarded by another connection', () =>
      onContainer(async ({ location, container }) => {
        await cut(location, 'a/b.mov');
        const other = await connectSwift(server(), container);
        const found = await other.unfinished('a');
        expect(found).toMatchObject([{ path: 'a/b.mov', size: 16 * MIB }]);
        expect(await listed(other, '')).toEqual([]);
        for (const upload of found) await other.discard(upload);
        expect(await other.unfinished('')).toEqual([]);
        await rejectsWith(async () => other.discard({ id: found[0]?.id ?? '', path: 'a/b.mov', size: null, startedAt: null }), 'not_found');
        await other.close();
      }));

    test('that was finished is never taken for one, though its note stayed', () =>
      onContainer(async ({ location, owner, container, segments }) => {
        let token = '';
        await location.file(PATH).save(sourceOf(FIRST), { size: SIZE, resume: { token: null, keep: (kept) => (token = kept) } });
        await location.file(PATH).forget(token);
        expect(await segments()).toHaveLength(3);
        const { id } = JSON.parse(token) as { readonly id: string };
        await owner.ask('PUT', `${container}_segments/.holdfast-uploads/${id}`, { body: JSON.stringify({ name: PATH, container, size: SIZE, startedAt: new Date().toISOString() }) });
        expect(await location.unfinished('')).toEqual([]);
        const { resumed } = await goOn(location, token);
        expect(resumed).toBeNull();
        await location.file(PATH).forget(token);
        sameBytes(await contents(location, PATH), FIRST, 'the file');
      }));

    test('whose segments vanish before they are made a file fails, and the old file stays', () =>
      onContainer(async ({ location, owner, container, segments }) => {
        await store(location, PATH, pattern(100));
        const saving = location.file(PATH).save(sourceOf(FIRST), {
          size: SIZE,
          beforeCommit: async () => {
            for (const name of await segments()) if (name.endsWith('00000002')) await owner.ask('DELETE', `${container}_segments/${name}`);
          },
        });
        const error = await rejectsWith(() => saving, 'unavailable');
        expect(error.message).toMatch(/does not accept the segments/);
        sameBytes(await contents(location, PATH), pattern(100), 'the old file');
      }));
  });
}
