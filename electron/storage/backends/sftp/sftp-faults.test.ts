import { chmod, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../../../e2e/servers/fault-proxy.ts';
import { describeServer, missingHere } from '../../../../e2e/servers/real/describe-server.ts';
import { startOpenSsh } from '../../../../e2e/servers/real/openssh.ts';
import { startProftpdSftp } from '../../../../e2e/servers/real/proftpd-sftp.ts';
import { mountSmallDisk } from '../../../../e2e/servers/real/small-disk.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { MIB, contents, listed, pattern, readAll, rejectsWith, sameBytes, sha256, sourceOf, store } from '../../testing/subject.ts';
import { type Reachable, accountOf, connectTo, filesBelow } from './sftp-fixture.ts';

const undo: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const action of undo.splice(0).reverse()) await action();
});

const SIZE = Math.min(64 * MIB, Number(process.env['HOLDFAST_LARGE'] ?? 64 * MIB));
/** What may be on its way when a line is cut: the window of an SSH channel, what the systems on both sides hold, and a piece of ours. */
const ON_ITS_WAY = 12 * MIB;
const BYTES = pattern(SIZE, 3);

interface Ground {
  /** what is stored, from outside */
  readonly folder: string;
  readonly proxy: FaultProxy;
  readonly location: StorageLocation;
}

/** A fresh folder behind a proxy. */
async function ground({ folder, target, reach }: { readonly folder: string; readonly target: number; readonly reach: (port: number) => Reachable }, options: Readonly<Record<string, number>> = {}): Promise<Ground> {
  const proxy = await startFaultProxy({ target });
  undo.push(() => proxy.stop());
  const location = await connectTo(reach(proxy.port), { options: { timeout: 5, ...options } });
  undo.push(() => location.close());
  return { folder, proxy, location };
}

describeServer(['openssh', 'proftpd'], () => {
  const openssh = useServer(() => startOpenSsh());
  const proftpd = useServer(() => startProftpdSftp());
  let count = 0;

  const places = {
    'a shell account': async (options?: Readonly<Record<string, number>>) => {
      const folder = await openssh().makeFolder(openssh().rw, `case-${count++}`);
      return ground({ folder, target: openssh().port, reach: (port) => accountOf(openssh(), openssh().rw, folder, port) }, options);
    },
    'an account without a shell': async (options?: Readonly<Record<string, number>>) => {
      const folder = await openssh().makeFolder(openssh().sftpOnly, `case-${count++}`);
      return ground({ folder, target: openssh().port, reach: (port) => accountOf(openssh(), openssh().sftpOnly, folder, port) }, options);
    },
    mod_sftp: async (options?: Readonly<Record<string, number>>) => {
      const name = await proftpd().makeFolder(`case-${count++}`);
      const { user, password, fingerprint, home, port: target } = proftpd();
      return ground({ folder: path.join(home, name), target, reach: (port) => ({ uri: `sftp://${user}@127.0.0.1:${port}${name}`, secret: password, hostKey: fingerprint }) }, options);
    },
  };

  describe.each(Object.entries(places))('%s: a line that is cut', (_, place) => {
    test.each([0.1, 0.5, 0.99])('at %d of an upload: it goes on, and little is sent again', async (part) => {
      const { folder, proxy, location } = await place();
      proxy.resetCounts();
      proxy.set({ up: { cutAfter: Math.floor(SIZE * part) }, times: 1 });
      let token: string | null = null;
      await rejectsWith(() => location.file('big.bin').save(sourceOf(BYTES, MIB), { size: SIZE, resume: { token: null, keep: (kept) => (token = kept) } }), 'unavailable');
      const sentBefore = proxy.total.up;
      proxy.clear();
      expect((await listed(location, '')).map(({ name }) => name)).toEqual([]);
      const { resumed, evidence } = await location.file('big.bin').save(sourceOf(BYTES, MIB), { size: SIZE, resume: { token, keep: () => undefined } });
      expect(resumed?.offset).toBeGreaterThan(Math.max(0, sentBefore - ON_ITS_WAY));
      expect(proxy.total.up).toBeLessThan(SIZE * 1.02 + ON_ITS_WAY);
      expect(evidence.some(({ level }) => level >= 2)).toBe(true);
      sameBytes(await readFile(path.join(folder, 'big.bin')), BYTES, 'stored');
      expect(await filesBelow(folder)).toEqual(['big.bin']);
    });

    test('during a download: it fails in time and never ends as if it were whole', async () => {
      const { proxy, location } = await place();
      await store(location, 'big.bin', BYTES.subarray(0, 16 * MIB));
      proxy.set({ down: { cutAfter: 5 * MIB }, times: 1 });
      await expect(location.file('big.bin').open().then(readAll)).rejects.toMatchObject({ code: 'unavailable' });
      proxy.clear();
      const rest = await readAll(await location.file('big.bin').open({ start: 4 * MIB }));
      sameBytes(rest, BYTES.subarray(4 * MIB, 16 * MIB), 'the rest');
    });

    test('while nothing is under way: the next request goes over a new one', async () => {
      const { proxy, location } = await place();
      await store(location, 'a.bin', pattern(10));
      proxy.cutAll();
      expect((await listed(location, '')).map(({ name }) => name)).toEqual(['a.bin']);
      expect(await location.file('a.bin').checksum()).toBe(sha256(pattern(10)));
    });
  });

  describe.each(Object.entries(places))('%s: other faults of the line', (_, place) => {
    test('a flipped byte ends the connection, and nothing of it is stored or believed', async () => {
      const { folder, proxy, location } = await place();
      proxy.set({ up: { flipAt: 3 * MIB }, times: 1 });
      await rejectsWith(() => store(location, 'a.bin', BYTES.subarray(0, 8 * MIB)), 'unavailable');
      proxy.set({ down: { flipAt: 2 * MIB }, times: 1 });
      await store(location, 'b.bin', BYTES.subarray(0, 8 * MIB)).catch(() => undefined);
      proxy.clear();
      await store(location, 'c.bin', BYTES.subarray(0, 8 * MIB));
      proxy.set({ down: { flipAt: 2 * MIB }, times: 1 });
      await expect(location.file('c.bin').open().then(readAll)).rejects.toMatchObject({ code: 'unavailable' });
      proxy.clear();
      sameBytes(await contents(location, 'c.bin'), BYTES.subarray(0, 8 * MIB), 'read again');
      expect((await filesBelow(folder)).filter((name) => name.startsWith('.') || name === 'a.bin')).toEqual([]);
    });

    test('a server that takes nothing any more is given up', async () => {
      const { folder, proxy, location } = await place({ timeout: 1 });
      proxy.set({ up: { stallAfter: 2 * MIB }, times: 1 });
      const error = await rejectsWith(() => store(location, 'a.bin', BYTES), 'unavailable');
      expect(error.message).toMatch(/silent/);
      proxy.clear();
      expect(await filesBelow(folder)).toEqual([]);
      await store(location, 'a.bin', pattern(1000));
    });

    test('a server that answers nothing any more is given up, and refused connections are told', async () => {
      const { proxy, location } = await place({ timeout: 1 });
      proxy.set({ down: { stallAfter: 0 } });
      await rejectsWith(() => location.stat('a.bin'), 'unavailable');
      proxy.set({ refuse: true });
      await rejectsWith(() => location.stat('a.bin'), 'unavailable');
      proxy.clear();
      await rejectsWith(() => location.stat('a.bin'), 'not_found');
    });

    test.each([true, false])('an answer to the commit that is lost is looked up (overwrite: %s)', async (overwrite) => {
      const { folder, proxy, location } = await place({ connections: 1 });
      const { evidence } = await location.file('a.bin').save(sourceOf(BYTES.subarray(0, MIB)), {
        size: MIB,
        overwrite,
        beforeCommit: async () => {
          // What was asked before is answered by then; of what comes next the server hears, but no answer arrives.
          await location.stat('');
          proxy.set({ down: { cutAfter: 0 }, times: 1 });
        },
      });
      expect(evidence.some(({ level }) => level >= 2)).toBe(true);
      expect(proxy.connections.some(({ fault }) => fault !== null)).toBe(true);
      sameBytes(await readFile(path.join(folder, 'a.bin')), BYTES.subarray(0, MIB), 'stored');
      expect(await filesBelow(folder)).toEqual(['a.bin']);
    });

    test('a commit that does not reach the server is made again', async () => {
      const { folder, proxy, location } = await place({ connections: 1 });
      await location.file('a.bin').save(sourceOf(BYTES.subarray(0, MIB)), {
        size: MIB,
        beforeCommit: async () => {
          await location.stat('');
          proxy.set({ up: { cutAfter: 0 }, times: 1 });
        },
      });
      expect(await filesBelow(folder)).toEqual(['a.bin']);
    });
  });

  describe.each(Object.entries(places))('%s: what a server refuses', (_, place) => {
    test('a full disk', async (context) => {
      const { folder, location } = await place();
      const full = path.join(folder, 'full');
      const unmount = await mountSmallDisk(full, 8 * MIB);
      if (unmount === null) return missingHere(context, 'a small disk needs root');
      undo.push(unmount);
      const error = await rejectsWith(() => store(location, 'full/a.bin', BYTES.subarray(0, 20 * MIB)), 'out_of_space');
      expect(error.message).toMatch(/full/);
      expect(await filesBelow(full)).toEqual([]);
      await store(location, 'full/b.bin', pattern(MIB));
      sameBytes(await contents(location, 'full/b.bin'), pattern(MIB), 'what fits');
    });

    test('a disk that can only be read', async (context) => {
      const { folder, location } = await place();
      const disk = path.join(folder, 'read-only');
      const unmount = await mountSmallDisk(disk, MIB, { readOnly: true });
      if (unmount === null) return missingHere(context, 'a disk needs root');
      undo.push(unmount);
      const error = await rejectsWith(() => store(location, 'read-only/a.bin', pattern(10)), 'permission_denied');
      expect(error.context).toMatchObject({ reason: 'storage_read_only' });
    });

    test('a folder without permission, and one that is not there', async () => {
      const { folder, location } = await place();
      await location.makeDirectory('closed');
      await chmod(path.join(folder, 'closed'), 0o555);
      expect((await rejectsWith(() => store(location, 'closed/a.bin', pattern(10)), 'permission_denied')).message).toContain('closed/a.bin');
      expect((await rejectsWith(() => store(location, 'missing/a.bin', pattern(10)), 'not_found')).message).toContain('missing');
      await store(location, 'file', pattern(10));
      await rejectsWith(() => store(location, 'file/a.bin', pattern(10)), 'invalid_location', 'not_found');
    });

    test('a path that is too long for the server', async () => {
      const { location } = await place();
      const deep = Array.from({ length: 20 }, () => 'n'.repeat(250)).join('/');
      // mod_sftp says that there is no permission.
      const codes = ['invalid_location', 'not_found', 'permission_denied'] as const;
      await rejectsWith(() => store(location, `${deep}/a.bin`, pattern(10)), ...codes);
      await rejectsWith(() => location.stat(`${deep}/a.bin`), ...codes);
    });
  });

  test('a file keeps its permissions, also those that keep its owner out', async () => {
    const { folder, location } = await places['a shell account']();
    for (const mode of [0o644, 0o600, 0o444, 0o000, 0o4777]) {
      await location.file('a.bin').save(sourceOf(BYTES.subarray(0, 1000)), { size: 1000, mode });
      expect((await stat(path.join(folder, 'a.bin'))).mode & 0o7777).toBe(mode & 0o777);
      await rm(path.join(folder, 'a.bin'));
    }
  });

  test('many files at once take several connections, and closing ends them all', async () => {
    const { proxy, location } = await places['a shell account']();
    await Promise.all(Array.from({ length: 40 }, (_, at) => store(location, `f${at}`, BYTES.subarray(0, 2 * MIB))));
    const open = () => proxy.connections.filter((connection) => connection.open).length;
    expect(open()).toBeGreaterThan(1);
    expect(open()).toBeLessThanOrEqual(4);
    await location.close();
    while (open() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await rejectsWith(() => location.stat(''), 'unavailable');
  });

  test('further connections that the server refuses are no harm', async () => {
    const { proxy, location } = await places['a shell account']();
    proxy.set({ refuse: true });
    // The connection that is there goes on: the rules are for new ones.
    await Promise.all(Array.from({ length: 20 }, (_, at) => store(location, `f${at}`, pattern(100_000))));
    expect((await listed(location, '')).length).toBe(20);
  });
});
