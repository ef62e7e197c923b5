import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { StorageLocation } from '../../storage-location.ts';
import { contents, listed, pattern, rejectsWith, sameBytes, store } from '../../testing/subject.ts';
import { SwiftOwner, type SwiftUser, connectSwift } from './swift-harness.ts';

/** What other programs leave in containers. */
export function describeFolders(server: () => SwiftUser): void {
  async function onContainer(run: (location: StorageLocation, put: (name: string, type?: string, body?: string) => Promise<void>, owner: SwiftOwner, container: string) => Promise<void>): Promise<void> {
    const owner = await SwiftOwner.signIn(server());
    const container = `folders-${randomUUID()}`;
    await owner.make(container);
    const location = await connectSwift(server(), container);
    const put = async (name: string, type = 'text/plain', body = 'x'): Promise<void> => {
      const answer = await owner.ask('PUT', `${container}/${encodeURIComponent(name)}`, { body, headers: { 'content-type': type } });
      expect(answer.status).toBe(201);
    };
    try {
      await run(location, put, owner, container);
    } finally {
      await location.close();
    }
  }

  const told = async (location: StorageLocation, path: string) => (await listed(location, path)).map(({ kind, name }) => `${kind} ${name}`);

  describe('names of other programs', () => {
    test('marks of folders are folders, told once', () =>
      onContainer(async (location, put) => {
        await put('mark', 'application/directory', '');
        await put('mark/inner.txt');
        await put('empty', 'application/directory', '');
        await put('slash/', 'application/directory', '');
        await put('slash/inner/', 'text/plain', '');
        expect(await told(location, '')).toEqual(['folder empty', 'folder mark', 'folder slash']);
        expect(await told(location, 'mark')).toEqual(['file inner.txt']);
        expect(await told(location, 'empty')).toEqual([]);
        expect(await told(location, 'slash')).toEqual(['folder inner']);
        expect((await location.stat('empty')).kind).toBe('folder');
        await location.remove('empty');
        await rejectsWith(() => location.stat('empty'), 'not_found');
        await location.move('mark', 'moved');
        expect(await told(location, '')).toEqual(['folder moved', 'folder slash']);
      }));

    test('a file and a folder of the same name are both there', () =>
      onContainer(async (location, put) => {
        await put('both');
        await put('both/inner.txt');
        expect(await told(location, '')).toEqual(['file both', 'folder both']);
        expect((await location.stat('both')).kind).toBe('file');
        expect(await told(location, 'both')).toEqual(['file inner.txt']);
      }));

    test('names that are none here are left out, and nothing leaves the location', () =>
      onContainer(async (location, put, owner, container) => {
        const odd = ['../outside', 'd/../e', 'd/./f', 'd//g', '//h', `d/${'l'.repeat(300)}`, '..'];
        for (const name of [...odd, 'd/good', 'e']) await put(name).catch(() => undefined);
        expect(await told(location, '')).toEqual(['folder d', 'file e']);
        expect((await told(location, 'd')).filter((entry) => entry !== 'file good')).toEqual([]);
        const before = await owner.names(container);
        // A client that asks for "d/../e" asks for "e".
        if (before.includes('d/../e')) await rejectsWith(() => location.remove('d', { recursive: true }), 'invalid_location');
        expect(await owner.names(container)).toContain('e');
        await rejectsWith(() => location.move('d', 'moved'), 'invalid_location');
        expect(await owner.names(container)).toContain('e');
      }));

    test('names with line ends and terminal escapes are kept as they are', () =>
      onContainer(async (location, put) => {
        const name = 'red \u001b[31m\u202e\r\n.txt';
        await put(name);
        expect(await told(location, '')).toEqual([`file ${name}`]);
        sameBytes(await contents(location, name), Buffer.from('x'), 'the file');
      }));

    test('a path that is too long for the server is refused before it is asked', () =>
      onContainer(async (location) => {
        const path = Array.from({ length: 5 }, () => 'n'.repeat(250)).join('/');
        const error = await rejectsWith(() => store(location, path, pattern(1)), 'invalid_location');
        expect(error.message).toMatch(/at most 1024/);
      }));
  });
}
