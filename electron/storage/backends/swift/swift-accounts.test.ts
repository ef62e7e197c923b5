import { randomUUID } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { startOpenStackSwift } from '../../../../e2e/servers/real/openstack-swift.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { SwiftFront } from '../../../../e2e/servers/swift-front.ts';
import { DEFAULT_PROOF_POLICY, evidenceLevel } from '../../../../shared/storage/evidence.ts';
import { hashStream } from '../../../integrity/hash.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { MIB, contents, listed, pattern, rejectsWith, sameBytes, sourceOf, store } from '../../testing/subject.ts';
import { swiftBackend } from './definition.ts';
import { SwiftOwner, connectSwift, leftOver } from './swift-harness.ts';

const PATH = 'file.bin';

describeServer('swift', () => {
  const server = useServer(startOpenStackSwift);
  let owner: SwiftOwner;
  let container: string;

  beforeEach(async () => {
    owner = await SwiftOwner.signIn(server().swift.rw);
    container = `accounts-${randomUUID()}`;
    await owner.make(container);
  });

  async function using<T>(opening: Promise<StorageLocation>, run: (location: StorageLocation) => Promise<T>): Promise<T> {
    const location = await opening;
    try {
      return await run(location);
    } finally {
      await location.close();
    }
  }

  describe('accounts with few rights', () => {
    test('a user who may only read can read, and is told so', async () => {
      await owner.ask('POST', container, { headers: { 'x-container-read': 'test:ro,.rlistings' } });
      await owner.ask('PUT', `${container}/${PATH}`, { body: Uint8Array.from(pattern(1000)) });
      await using(connectSwift(server().swift.ro, container), async (location) => {
        expect(location.capabilities).toMatchObject({ list: true, rangeRead: true, delete: false, move: false, makeDirectory: false, resume: false });
        expect((await location.probe()).lines.some(({ ok, text }) => !ok && text.startsWith('Nothing can be stored here'))).toBe(true);
        sameBytes(await contents(location, PATH), pattern(1000), 'the file');
        for (const size of [10, 20 * MIB]) await rejectsWith(() => store(location, 'new.bin', pattern(size)), 'permission_denied');
        await rejectsWith(() => location.remove(PATH), 'permission_denied');
        await rejectsWith(() => location.move(PATH, 'b'), 'permission_denied');
        await rejectsWith(() => location.makeDirectory('b'), 'permission_denied');
      });
      expect(await owner.names(container)).toEqual([PATH]);
    });

    test('a user without any right is told so at once', async () => {
      await rejectsWith(() => connectSwift(server().swift.ro, container), 'permission_denied');
    });

    test('a user who may use this container only stores the segments in it, where nobody sees them', async () => {
      await owner.ask('POST', container, { headers: { 'x-container-read': 'test:ro,.rlistings', 'x-container-write': 'test:ro' } });
      const bytes = pattern(20 * MIB);
      await using(connectSwift(server().swift.ro, container), async (location) => {
        const { evidence } = await location.file(PATH).save(sourceOf(bytes), { size: bytes.length });
        expect(evidenceLevel(evidence)).toBe(2);
        expect((await listed(location, '')).map(({ path }) => path)).toEqual([PATH]);
        sameBytes(await contents(location, PATH), bytes, 'the file');
        expect((await owner.names(container)).filter((name) => name.startsWith('.holdfast-segments/'))).toHaveLength(3);
        await location.remove(PATH);
      });
      expect(await owner.names(container)).toEqual([]);
      expect((await owner.ask('HEAD', `${container}_segments`)).status).toBe(404);
    });

    test('a location that is set to read only writes nothing, not even to find out what works', async () => {
      await owner.ask('PUT', `${container}/${PATH}`, { body: Uint8Array.from(pattern(1000)) });
      const front = await SwiftFront.start(server().endpoint);
      const { rw } = server().swift;
      await using(connectSwift({ ...rw, authUrl: front.address(rw.authUrl) }, container, { readOnly: true }), async (location) => {
        await rejectsWith(() => store(location, 'new.bin', pattern(10)), 'permission_denied');
        expect(await location.file(PATH).checksum({ algorithm: 'md5' })).toMatch(/^md5:/);
      });
      expect(front.requests.filter((request) => !/^(GET|HEAD) /.test(request))).toEqual([]);
      await front.stop();
    });
  });

  describe('room', () => {
    test('a quota that is reached is told as no space, for small and large files, and leaves nothing', async () => {
      await using(connectSwift(server().swift.rw, container), async (location) => {
        await owner.ask('POST', container, { headers: { 'x-container-meta-quota-bytes': '1000000' } });
        const error = await rejectsWith(() => store(location, PATH, pattern(2_000_000)), 'out_of_space');
        expect(error.message).toContain('2,000,000');
        expect(await location.space()).toEqual({ available: 1_000_000, used: 0 });
        expect(await leftOver(owner, container)).toEqual([]);
      });
      await owner.ask('PUT', `${container}_segments`, { headers: { 'x-container-meta-quota-bytes': '1000000' } });
      await using(connectSwift(server().swift.rw, container), async (location) => {
        await rejectsWith(() => store(location, PATH, pattern(20 * MIB)), 'out_of_space');
        expect(await leftOver(owner, container)).toEqual([]);
      });
    });

    test('a container that is full opens, so that something can be removed', async () => {
      await using(connectSwift(server().swift.rw, container), async (location) => void (await store(location, PATH, pattern(1000))));
      await owner.ask('POST', container, { headers: { 'x-container-meta-quota-bytes': '1000' } });
      await using(connectSwift(server().swift.rw, container), async (location) => {
        expect(location.capabilities).toMatchObject({ list: true, delete: true, makeDirectory: false });
        await rejectsWith(() => store(location, 'other', pattern(10)), 'out_of_space');
        await location.file(PATH).delete();
        expect(await leftOver(owner, container)).toEqual([]);
      });
    });
  });

  describe('the sign-in', () => {
    /** Ends every token at once. */
    async function forgetTokens(): Promise<void> {
      const config = await readFile(join(server().folder, 'etc', 'proxy-server.conf'), 'utf8');
      const port = Number(/memcache_servers = 127\.0\.0\.1:(\d+)/.exec(config)?.[1]);
      await new Promise<void>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => socket.write('flush_all\r\n'));
        socket.once('error', reject).once('data', () => {
          socket.destroy();
          resolve();
        });
      });
    }

    test('a token that is over is renewed, also in the middle of an upload', async () => {
      const bytes = pattern(40 * MIB);
      await using(connectSwift(server().swift.rw, container), async (location) => {
        async function* pieces(): AsyncGenerator<Uint8Array> {
          let seen = 0;
          for await (const piece of sourceOf(bytes, MIB)) {
            seen += (piece as Buffer).length;
            yield piece as Uint8Array;
            if (seen === 20 * MIB) await forgetTokens();
          }
        }
        await location.file(PATH).save(Readable.from(pieces(), { objectMode: false }), { size: bytes.length });
        sameBytes(await contents(location, PATH), bytes, 'the file');
      });
    });

    describe('with Keystone (a fixture hands the real server’s tokens out)', () => {
      let front: SwiftFront;
      beforeAll(async () => {
        front = await SwiftFront.start(server().endpoint);
        front.keystone = { user: 'ada', userDomain: 'Default', password: 'pass phrase', project: 'archive', applicationCredential: { id: 'c0ffee', secret: 'app secret' }, behind: server().swift.rw };
      });
      afterAll(() => front.stop());

      const open = (options: ConnectConfig['options'], secret = 'pass phrase', path = '/v3') =>
        swiftBackend.connect({ uri: `http://127.0.0.1:${front.port}${path}`, secret, options: { container, ...options }, proof: DEFAULT_PROOF_POLICY, sizeLimit: null });
      const ADA = { user: 'ada', project: 'archive' };

      test.each([
        ['a password', ADA, 'pass phrase', '/v3'],
        ['a password, and an address without version', { ...ADA, authVersion: 'v3' }, 'pass phrase', ''],
        ['an application credential', { applicationCredential: 'c0ffee' }, 'app secret', '/v3'],
      ] as const)('%s lets in', async (_, options, secret, path) => {
        await using(open(options, secret, path), async (location) => {
          await store(location, PATH, pattern(1000));
          sameBytes(await contents(location, PATH), pattern(1000), 'the file');
        });
      });

      test('what is wrong is said, and no secret', async () => {
        const wrong = await rejectsWith(() => open(ADA, 'wrong phrase'), 'authentication_failed');
        expect(wrong.message).toMatch(/"ada".*"archive"/);
        expect(wrong.message).not.toContain('wrong phrase');
        await rejectsWith(() => open({ ...ADA, project: 'other' }), 'authentication_failed');
        await rejectsWith(() => open({ ...ADA, userDomain: 'other' }), 'authentication_failed');
        expect((await rejectsWith(() => open({ user: 'ada' }), 'invalid_config')).context['field']).toBe('project');
        expect((await rejectsWith(() => open(ADA, 'pass phrase', '/identity/v3'), 'invalid_config')).context['field']).toBe('uri');
      });

      test('a region must be named where there are several', async () => {
        front.keystone = { ...required(front.keystone), regions: ['north', 'south'] };
        const error = await rejectsWith(() => open(ADA), 'invalid_config');
        expect(error.message).toMatch(/north, south/);
        await rejectsWith(() => open({ ...ADA, region: 'west' }), 'invalid_config');
        await using(open({ ...ADA, region: 'south' }), (location) => store(location, PATH, pattern(10)));
        front.keystone = { ...front.keystone, regions: ['here'] };
      });

      test('another storage address can be given', async () => {
        await using(open({ ...ADA, storageUrl: owner.storageUrl }), async (location) => {
          const { uri } = await store(location, PATH, pattern(10));
          expect(uri).toBe(`${owner.storageUrl}/${container}/${PATH}`);
        });
      });
    });
  });

  describe('links', () => {
    test('cannot be made without a key, and with one anybody can use them', async () => {
      await using(connectSwift(server().swift.rw, container), async (location) => {
        expect(location.capabilities.link).toBe(false);
        await rejectsWith(() => location.link(PATH, 60), 'unsupported');
      });
      await owner.ask('POST', container, { headers: { 'x-container-meta-temp-url-key': 'a key' } });
      await using(connectSwift(server().swift.rw, container), async (location) => {
        expect(location.capabilities.link).toBe(true);
        const name = 'with blank & + %41 ü.bin';
        await store(location, name, pattern(1000));
        const link = await location.link(name, 60);
        expect(link).not.toContain('a key');
        sameBytes(Buffer.from(await (await fetch(link)).arrayBuffer()), pattern(1000), 'by the link');
        expect((await fetch(await location.link(name, -60))).status).toBe(401);
      });
    });
  });

  test('in a container that keeps versions the segments of old ones stay', async () => {
    const answer = await owner.ask('POST', container, { headers: { 'x-versions-enabled': 'true' } });
    expect(answer.status).toBe(204);
    await using(connectSwift(server().swift.rw, container), async (location) => {
      await store(location, PATH, pattern(20 * MIB, 1));
      await store(location, PATH, pattern(20 * MIB, 2));
      await location.remove(PATH);
      const versions = (await (await owner.ask('GET', `${container}?versions&format=json`)).json()) as readonly { readonly version_id: string; readonly bytes: number }[];
      const old = versions.filter(({ bytes }) => bytes === 20 * MIB);
      expect(old).toHaveLength(2);
      for (const { version_id: id } of old) expect((await (await owner.ask('GET', `${container}/${PATH}?version-id=${id}`)).arrayBuffer()).byteLength).toBe(20 * MIB);
    });
  });

  test('a byte that rots in the store is seen by reading, not by asking: the server’s MD5 is that of the time of storing', async () => {
    await using(connectSwift(server().swift.rw, container), async (location) => {
      const bytes = pattern(100_000, 77);
      const file = await store(location, PATH, bytes);
      const stored = await file.checksum({ algorithm: 'md5' });
      await rot(join(server().folder, 'node', 'd1', 'objects'), bytes);
      expect(await file.checksum({ algorithm: 'md5' })).toBe(stored);
      const read = await hashStream(await file.open(), ['md5']).catch(() => null);
      expect(read?.checksums.md5).not.toBe(stored);
    });
  });
});

/** Changes a byte of the one file below a folder that has these contents. */
async function rot(folder: string, bytes: Buffer): Promise<void> {
  for (const name of (await readdir(folder, { recursive: true })).filter((each) => each.endsWith('.data'))) {
    const found = await readFile(join(folder, name));
    if (!found.equals(bytes)) continue;
    found[5000] = (found[5000] ?? 0) ^ 1;
    return writeFile(join(folder, name), found);
  }
  throw new Error('The stored file was not found.');
}

function required<T>(value: T | null): T {
  if (value === null) throw new Error('It is set before.');
  return value;
}
