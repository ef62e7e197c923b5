import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SftpServer } from '../../../../e2e/servers/sftp-server.ts';
import { evidenceLevel } from '../../../../shared/storage/evidence.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import { listed, pattern, readAll, rejectsWith, sourceOf, store } from '../../testing/subject.ts';
import { connectTo, filesBelow } from './sftp-fixture.ts';

let server: SftpServer;
const undo: (() => Promise<void>)[] = [];
beforeAll(async () => {
  server = await SftpServer.start();
});
afterAll(() => server.stop());
afterEach(async () => {
  server.lies = {};
  for (const action of undo.splice(0)) await action();
});

let count = 0;
async function connected(config: Partial<ConnectConfig> = {}) {
  const name = `case-${count++}`;
  await mkdir(path.join(server.folder, name));
  const location = await connectTo({ uri: `sftp://${server.user}@127.0.0.1:${server.port}/${name}`, secret: server.password, hostKey: server.fingerprint }, config);
  undo.push(() => location.close());
  return { location, folder: path.join(server.folder, name) };
}

const BYTES = pattern(300_000);

describe('a server that stores something else', () => {
  test.each([
    ['too little', { keepsOnly: 100_000 }],
    ['too little, and tells the right size', { keepsOnly: 100_000, addsToSize: 200_000 }],
    ['another byte', { flipsAt: 250_000 }],
  ])('%s: the copy is refused and removed', async (_, lies) => {
    const { location, folder } = await connected();
    server.lies = lies;
    await rejectsWith(() => store(location, 'a.bin', BYTES), 'size_mismatch', 'checksum_mismatch');
    server.lies = {};
    expect(await filesBelow(folder)).toEqual([]);
    await store(location, 'a.bin', BYTES);
  });

  test('and may not be read back: nothing is claimed but the size', async () => {
    const { location } = await connected({ proof: { minimum: 2, readBack: 'never' } });
    server.lies = { flipsAt: 250_000 };
    const { evidence } = await location.file('a.bin').save(sourceOf(BYTES), { size: BYTES.length });
    expect(evidenceLevel(evidence)).toBe(0);
    expect(evidence.at(-1)?.note).toMatch(/Not read back/);
  });

  test('or says that it gave a name and did not: the save fails', async () => {
    const { location, folder } = await connected();
    server.lies = { renamesNothing: true };
    await rejectsWith(() => store(location, 'a.bin', BYTES), 'unavailable');
    expect(await filesBelow(folder)).toEqual([]);
  });
});

describe('a server that tells something else', () => {
  test('names that lead elsewhere or cannot be are not shown', async () => {
    const { location, folder } = await connected();
    await writeFile(path.join(folder, 'real.txt'), 'x');
    server.lies = { names: ['..', '.', '', '../escape', '/etc/passwd', 'a/b', 'nul\0', 'n'.repeat(10_000), '\u001b[31mred\u001b[0m', 'twice', 'twice', '\ud800'] };
    const names = (await listed(location, '')).map(({ name }) => name);
    expect(names.filter((name) => name !== 'twice').sort()).toEqual(['\u001b[31mred\u001b[0m', 'real.txt', '\ufffd'].sort());
    for (const { path: place } of await listed(location, '')) expect(() => location.file(place)).not.toThrow();
  });

  test('more bytes than were asked for end the reading', async () => {
    const { location } = await connected();
    await store(location, 'a.bin', BYTES);
    server.lies = { givesMore: true };
    await expect(location.file('a.bin').open().then(readAll)).rejects.toMatchObject({ code: 'unavailable' });
    await rejectsWith(() => store(location, 'b.bin', BYTES), 'unavailable');
  });

  test('a wrong size is refused', async () => {
    const { location } = await connected();
    server.lies = { addsToSize: 5 };
    await rejectsWith(() => store(location, 'a.bin', BYTES), 'size_mismatch');
  });

  test('entries without a kind are files', async () => {
    const { location } = await connected();
    await store(location, 'a.bin', BYTES);
    server.lies = { hidesKinds: true };
    expect((await listed(location, '')).map(({ kind, name, readable }) => ({ kind, name, readable }))).toEqual([{ kind: 'file', name: 'a.bin', readable: true }]);
  });

  test('links in a circle are shown and not entered, and removing a tree never leaves it', async () => {
    const { location, folder } = await connected();
    await mkdir(path.join(folder, 'tree/inner'), { recursive: true });
    await writeFile(path.join(folder, 'kept.txt'), 'kept');
    await writeFile(path.join(folder, 'tree/inner/gone.txt'), 'x');
    await symlink('.', path.join(folder, 'tree/self'));
    await symlink('../..', path.join(folder, 'tree/inner/up'));
    await symlink('../kept.txt', path.join(folder, 'tree/file'));
    await symlink('nowhere', path.join(folder, 'tree/broken'));
    await symlink('b', path.join(folder, 'tree/a'));
    await symlink('a', path.join(folder, 'tree/b'));
    await symlink('inner', path.join(folder, 'tree/other'));
    const shown = (await listed(location, 'tree')).map(({ kind, name, readable }) => `${kind} ${name} ${readable}`).sort();
    expect(shown).toEqual(['file a false', 'file b false', 'file broken false', 'file file true', 'file self false', 'folder inner true', 'folder other true']);
    expect((await listed(location, 'tree/other')).map(({ kind, name, readable }) => `${kind} ${name} ${readable}`).sort()).toEqual(['file gone.txt true', 'file up false']);
    await location.remove('tree', { recursive: true });
    expect(await readdir(folder)).toEqual(['kept.txt']);
  });
});
