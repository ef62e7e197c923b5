import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { DAV_ACCOUNT } from '../../../../e2e/servers/real/dav-account.ts';
import { describeServer, missingHere } from '../../../../e2e/servers/real/describe-server.ts';
import { startNginx } from '../../../../e2e/servers/real/nginx.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { MIB, contents, listed, pattern, rejectsWith, sameBytes, sourceOf, store } from '../../testing/subject.ts';
import { webdavBackend } from './definition.ts';

const connect = (uri: string): Promise<StorageLocation> => webdavBackend.connect({ uri, options: { user: DAV_ACCOUNT.user, timeout: 5 }, secret: DAV_ACCOUNT.password, proof: DEFAULT_PROOF_POLICY, sizeLimit: null });

describeServer('nginx', () => {
  const nginx = useServer(startNginx);

  test('a folder that can only be read says so at connect, and gives its files', async () => {
    const location = await connect(nginx().urls.readOnly);
    expect(location.capabilities).toMatchObject({ list: true, rangeRead: true, delete: false, move: false, makeDirectory: false });
    await rejectsWith(() => location.file('a.bin').save(sourceOf(pattern(10))), 'permission_denied');
    expect((await contents(location, 'hello.txt')).toString()).toBe('hello\n');
    await location.close();
  });

  test('a full disk, for which it says 500, is told, leaves nothing, and takes what fits', async (context) => {
    const { full } = nginx().urls;
    if (full === null) return missingHere(context, 'no small disk can be mounted');
    const location = await connect(full);
    await rejectsWith(() => location.file('a.bin').save(sourceOf(pattern(20 * MIB)), { size: 20 * MIB }), 'out_of_space');
    expect(await listed(location, '')).toEqual([]);
    await store(location, 'b.bin', pattern(MIB));
    await location.close();
  });

  test('what it ignores is not relied on: preconditions, parts and times', async () => {
    const location = await connect(nginx().urls.dav);
    expect(location.capabilities).toMatchObject({ noOverwrite: true, atomicPublish: true, update: false, resume: false, preserveModified: false, serverDigest: [] });
    await location.makeDirectory('sub');
    await rejectsWith(() => location.file('sub').save(sourceOf(pattern(10))), 'already_exists');
    await rejectsWith(() => location.file('sub').delete(), 'invalid_location');
    await store(location, 'sub/a.bin', pattern(10));
    sameBytes(await contents(location, 'sub/a.bin'), pattern(10), 'still there');
    await rejectsWith(() => location.move('sub/a.bin', 'sub', { overwrite: true }), 'already_exists');
    await location.remove('sub', { recursive: true });
    // Its own folder would come to be by the upload, so that a missing one is not told; nothing else is left.
    expect(await readdir(nginx().data)).toEqual([]);
    await location.close();
  });
});
