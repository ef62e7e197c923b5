import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FtpFaultProxy, startFtpFaultProxy } from '../../../../e2e/servers/ftp-fault-proxy.ts';
import { describeServer, missingHere } from '../../../../e2e/servers/real/describe-server.ts';
import { freePort, freePortRange } from '../../../../e2e/servers/real/ports.ts';
import { startProftpd } from '../../../../e2e/servers/real/proftpd.ts';
import { mountSmallDisk } from '../../../../e2e/servers/real/small-disk.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { MIB, contents, listed, pattern, rejectsWith, sameBytes, sha256, sourceOf, store } from '../../testing/subject.ts';
import { cutThenGoOn } from './cut-then-go-on.ts';
import { connectFtp, filesBelow } from './ftp-harness.ts';

const PASSIVE = 20;
const BYTES = pattern(300_000);

describeServer('proftpd', () => {
  const server = useServer(async () => {
    const first = await freePortRange(PASSIVE);
    const passive = { first, last: first + PASSIVE - 1 };
    return { ...(await startProftpd({ certificate: null, passive })), passive };
  });
  const located: StorageLocation[] = [];
  let proxy: FtpFaultProxy;
  let folder = '';
  let count = 0;

  beforeEach(async () => {
    count += 1;
    folder = `fault-${count}`;
    await server().makeFolder(folder);
    proxy = await startFtpFaultProxy({ control: server().port, passive: server().passive });
  });
  afterEach(async () => {
    await Promise.all(located.splice(0).map((location) => location.close()));
    await proxy.stop();
  });

  const onDisk = (...names: readonly string[]): string => path.join(server().home, folder, ...names);
  async function connect({ options, ...config }: Partial<ConnectConfig> = {}): Promise<StorageLocation> {
    const location = await connectFtp(server(), folder, { uri: `ftp://${server().user}@${proxy.host}:${proxy.port}/${folder}`, options: { security: 'none', timeout: 2, ...options }, ...config });
    located.push(location);
    return location;
  }

  test.each([10, 50, 99])('an upload that is cut at %i %% goes on where it stopped', async (percent) => {
    await cutThenGoOn(await connect(), proxy, { percent, proof: 'server digest' });
    expect(await filesBelow(onDisk())).toEqual(['large.bin']);
  });

  test('a byte that changes on the way up is seen by the server’s digest, and nothing is left', async () => {
    const location = await connect();
    proxy.setData({ up: { flipAt: 1000 } });
    await rejectsWith(() => location.file('file.bin').save(sourceOf(BYTES), { size: BYTES.length }), 'checksum_mismatch');
    proxy.clear();
    expect(await filesBelow(onDisk())).toEqual([]);
  });

  test('a byte that changes on the way down differs from the server’s digest', async () => {
    const location = await connect();
    await store(location, 'file.bin', BYTES);
    proxy.setData({ down: { flipAt: 1000 } });
    const found = await contents(location, 'file.bin');
    expect(found.equals(BYTES)).toBe(false);
    expect(await location.file('file.bin').checksum()).not.toBe(sha256(found));
  });

  describe('a server that stalls is given up in time', () => {
    test('while it takes bytes', async () => {
      const location = await connect({ options: { timeout: 0.5 } });
      proxy.setData({ up: { stallAfter: 100_000 } });
      await rejectsWith(() => location.file('file.bin').save(sourceOf(pattern(24 * MIB), MIB), { size: 24 * MIB }), 'unavailable');
      proxy.clear();
      await store(location, 'next.bin', BYTES);
    });

    test('while it gives bytes', async () => {
      const location = await connect({ options: { timeout: 0.5 } });
      await store(location, 'file.bin', BYTES);
      proxy.setData({ down: { stallAfter: 1000 } });
      await rejectsWith(() => contents(location, 'file.bin'), 'unavailable');
      proxy.clear();
      sameBytes(await contents(location, 'file.bin'), BYTES, 'afterwards');
    });

    test('while it answers', async () => {
      const location = await connect({ options: { timeout: 0.5 } });
      proxy.control.set({ down: { stallAfter: 0 } });
      await rejectsWith(() => location.stat('file.bin'), 'unavailable');
      proxy.clear();
      await rejectsWith(() => location.stat('file.bin'), 'not_found');
    });

    test('before it greets', async () => {
      const silent = createServer(() => undefined);
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      try {
        const { port } = silent.address() as AddressInfo;
        const error = await rejectsWith(() => connectFtp({ ...server(), port }, '', { options: { timeout: 0.3 } }), 'unavailable');
        expect(error.message).toMatch(/stayed silent for 0\.3 s.*implicit/);
      } finally {
        silent.close();
      }
    });
  });

  test('data connections that are refused say so, and the next ones work', async () => {
    const location = await connect();
    await store(location, 'file.bin', BYTES);
    proxy.setData({ refuse: true });
    await rejectsWith(() => contents(location, 'file.bin'), 'unavailable');
    proxy.clear();
    sameBytes(await contents(location, 'file.bin'), BYTES, 'afterwards');
  });

  test('a control connection that is cut in the middle of saves fails only what was on it', async () => {
    const location = await connect();
    proxy.control.cutAll();
    await store(location, 'file.bin', BYTES);
    sameBytes(await contents(location, 'file.bin'), BYTES, 'over a new connection');
  });

  describe('addresses that cannot work', () => {
    test('a wrong password', async () => {
      const error = await rejectsWith(() => connect({ secret: 'wrong' }), 'authentication_failed');
      expect(error.message).toMatch(/"rw".*530/);
      expect(error.message).not.toContain('wrong');
    });

    test('an unknown host, and a port that nobody listens on', async () => {
      await rejectsWith(() => connect({ uri: 'ftp://rw@no-such-host.invalid/' }), 'unavailable');
      const port = await freePort();
      const error = await rejectsWith(() => connect({ uri: `ftp://rw@127.0.0.1:${port}/` }), 'unavailable');
      expect(error.message).toContain(`127.0.0.1:${port}`);
    });

    test('a folder that is not there', async () => {
      await rejectsWith(() => connect({ uri: `ftp://rw@127.0.0.1:${server().port}/no/such/folder` }), 'not_found');
    });
  });

  test('an account that may only look says why nothing can be stored', async () => {
    await writeFile(onDisk('there.bin'), BYTES);
    const location = await connect({ uri: `ftp://${server().readOnlyUser}@127.0.0.1:${server().port}/${folder}` });
    expect(location.capabilities).toMatchObject({ list: true, rangeRead: true, delete: false, move: false, makeDirectory: false, resume: false, atomicPublish: false });
    expect(location.capabilities.serverDigest).toContain('sha256');
    sameBytes(await contents(location, 'there.bin'), BYTES, 'read');
    const error = await rejectsWith(() => store(location, 'file.bin', BYTES), 'permission_denied');
    expect(error.message).toMatch(/Nothing can be written.*550/);
    await rejectsWith(() => location.remove('there.bin'), 'permission_denied');
    const { lines } = await location.probe();
    expect(lines.filter(({ ok }) => !ok).map(({ text }) => text).join('\n')).toMatch(/Nothing can be stored here: .*550/);
  });

  test('folders and files without permission', async () => {
    await mkdir(onDisk('closed'));
    await writeFile(onDisk('closed', 'secret.bin'), 'x');
    await chmod(onDisk('closed', 'secret.bin'), 0o600);
    await chmod(onDisk('closed'), 0o755);
    const location = await connect();
    await rejectsWith(() => store(location, 'closed/file.bin', BYTES), 'permission_denied');
    await rejectsWith(() => contents(location, 'closed/secret.bin'), 'permission_denied');
    await rejectsWith(() => location.remove('closed/secret.bin'), 'permission_denied');
    await rejectsWith(() => location.makeDirectory('closed/folder'), 'permission_denied');
    await rejectsWith(() => location.move('closed/secret.bin', 'mine.bin'), 'permission_denied');
    await chmod(onDisk('closed'), 0o700);
    await rejectsWith(() => listed(location, 'closed'), 'permission_denied');
  });

  test('a full disk is told as such, and leaves nothing', async (context) => {
    const unmount = await mountSmallDisk(onDisk('full'), 4 * MIB);
    if (unmount === null) return missingHere(context, 'no small disk can be mounted');
    try {
      const location = await connect();
      await rejectsWith(() => location.file('full/file.bin').save(sourceOf(pattern(24 * MIB), MIB), { size: 24 * MIB }), 'out_of_space');
      expect(await filesBelow(onDisk('full'))).toEqual([]);
      await store(location, 'full/file.bin', BYTES);
    } finally {
      await unmount();
    }
  });

  test('a path that is too long for a command is refused before it is sent', async () => {
    const location = await connect();
    const long = Array.from({ length: 20 }, () => 'n'.repeat(250)).join('/');
    const error = await rejectsWith(async () => store(location, long, BYTES), 'invalid_location');
    expect(error.message).toContain('4000');
    await rejectsWith(async () => location.stat(long), 'invalid_location');
  });

  test('names with digits like a digest, spaces and numbers are asked for as what they are', async () => {
    const location = await connect();
    const digest = (await store(location, 'first', BYTES).then((file) => file.checksum()))?.slice('sha256:'.length) ?? '';
    for (const name of [digest, `report 0 5`, 'f'.repeat(64), `"quoted" ${digest}`]) {
      const file = await store(location, name, BYTES);
      expect(await file.checksum(), name).toBe(`sha256:${digest}`);
    }
  });

  test('links to files are files; links to folders are shown, but lead neither in circles nor away when a tree is removed', async () => {
    await mkdir(onDisk('tree'));
    await mkdir(onDisk('outside'));
    await writeFile(onDisk('outside', 'precious.bin'), BYTES);
    await writeFile(onDisk('tree', 'file.bin'), BYTES);
    await symlink('file.bin', onDisk('tree', 'link.bin'));
    await symlink('.', onDisk('tree', 'circle'));
    await symlink('../outside', onDisk('tree', 'away'));
    await symlink('nowhere', onDisk('tree', 'broken'));
    await chmod(onDisk('tree'), 0o777);
    const location = await connect();
    const found = await listed(location, 'tree');
    expect(found.map(({ name, kind, size, readable }) => [name, kind, size, readable]).sort()).toEqual([
      ['away', 'file', null, false],
      ['circle', 'file', null, false],
      ['file.bin', 'file', BYTES.length, true],
      ['link.bin', 'file', BYTES.length, true],
    ]);
    sameBytes(await contents(location, 'tree/link.bin'), BYTES, 'through the link');
    // ProFTPD tells nobody of a link that leads nowhere, so that the folder is not empty although it looks so.
    await rejectsWith(() => location.remove('tree', { recursive: true }), 'already_exists');
    await rm(onDisk('tree', 'broken'));
    await location.remove('tree', { recursive: true });
    expect(await filesBelow(onDisk())).toEqual(['outside/precious.bin']);
    expect(await readFile(onDisk('outside', 'precious.bin'))).toEqual(BYTES);
  });
});
