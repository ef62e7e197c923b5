import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startFaultProxy } from '../../../../e2e/servers/fault-proxy.ts';
import { DAV_ACCOUNT } from '../../../../e2e/servers/real/dav-account.ts';
import { describeServer, missingHere } from '../../../../e2e/servers/real/describe-server.ts';
import { startRcloneDav } from '../../../../e2e/servers/real/rclone-dav.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { MIB, contents, listed, pattern, rejectsWith, sameBytes, sourceOf, store } from '../../testing/subject.ts';
import { webdavBackend } from './definition.ts';

const connect = (uri: string): Promise<StorageLocation> => webdavBackend.connect({ uri, options: { user: DAV_ACCOUNT.user, timeout: 5 }, secret: DAV_ACCOUNT.password, proof: DEFAULT_PROOF_POLICY, sizeLimit: null });

describeServer('rclone', () => {
  const rclone = useServer(startRcloneDav);

  test('the piece that it shows of a cut upload is seen under a temporary name only, and goes away', async () => {
    const proxy = await startFaultProxy({ target: rclone().port });
    const location = await connect(`http://127.0.0.1:${proxy.port}/dav/`);
    const old = pattern(1000, 1);
    await store(location, 'a.bin', old);
    const onDisk = async () => (await readdir(rclone().data)).sort();
    proxy.set({ match: 'PUT ', up: { cutAfter: 8 * MIB, cut: 'reset' }, times: 1 });
    let seen: readonly string[] = [];
    const looking = setInterval(() => void onDisk().then((names) => (seen = [...new Set([...seen, ...names])])), 5);
    const { message } = await rejectsWith(() => location.file('a.bin').save(sourceOf(pattern(16 * MIB, 2)), { size: 16 * MIB }), 'unavailable');
    clearInterval(looking);
    expect(message).toContain('.temp');
    proxy.clear();
    expect(seen.some((name) => name.endsWith('.temp'))).toBe(true);
    expect(await onDisk()).toEqual(['a.bin']);
    expect((await stat(join(rclone().data, 'a.bin'))).size).toBe(1000);
    sameBytes(await contents(location, 'a.bin'), old, 'the old file');
    await location.close();
    await proxy.stop();
  });

  test('a PUT with Content-Range, by which it replaces the file, is not used', async () => {
    const location = await connect(rclone().urls.dav);
    expect(location.capabilities).toMatchObject({ update: false, resume: false, initialize: false, noOverwrite: true, atomicPublish: true });
    const file = await store(location, 'b.bin', pattern(1000));
    await rejectsWith(() => file.update(sourceOf(pattern(10)), { seek: 5 }), 'unsupported');
    expect((await listed(location, '')).filter(({ name }) => name.startsWith('.'))).toEqual([]);
    await location.close();
  });

  test('a full disk, for which it says 405, is told, leaves nothing, and takes what fits', async (context) => {
    const { full } = rclone().urls;
    if (full === null) return missingHere(context, 'no small disk can be mounted');
    const location = await connect(full);
    await rejectsWith(() => location.file('a.bin').save(sourceOf(pattern(20 * MIB)), { size: 20 * MIB }), 'out_of_space');
    expect(await listed(location, '')).toEqual([]);
    await store(location, 'b.bin', pattern(MIB));
    await location.close();
  });
});
