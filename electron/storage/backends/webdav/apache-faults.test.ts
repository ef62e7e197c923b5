import { chmod, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../../../e2e/servers/fault-proxy.ts';
import { type ApacheOptions, startApache } from '../../../../e2e/servers/real/apache.ts';
import { DAV_ACCOUNT } from '../../../../e2e/servers/real/dav-account.ts';
import { describeServer, missingHere } from '../../../../e2e/servers/real/describe-server.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import type { StorageError } from '../../../../shared/storage/errors.ts';
import { DEFAULT_PROOF_POLICY, evidenceLevel } from '../../../../shared/storage/evidence.ts';
import type { LocationOptions } from '../../../../shared/storage/location.ts';
import { trustOfferOf } from '../../../../shared/storage/trust-offer.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { largeFile } from '../../testing/large-file.ts';
import { KIB, MIB, contents, listed, pattern, rejectsWith, sameBytes, sourceOf, store } from '../../testing/subject.ts';
import { webdavBackend } from './definition.ts';
import { rangePartSize } from './range-upload.ts';

const BIG = largeFile();
/** Heads of requests and answers. */
const WORDS = 256 * KIB;
const BYTES = pattern(3 * MIB);
const SIZE_ONLY = { minimum: 2, readBack: 'never' } as const;

const connect = (uri: string, options: LocationOptions = {}, config: Partial<ConnectConfig> = {}): Promise<StorageLocation> =>
  webdavBackend.connect({ uri, options: { user: DAV_ACCOUNT.user, timeout: 2, ...options }, secret: DAV_ACCOUNT.password, proof: DEFAULT_PROOF_POLICY, sizeLimit: null, ...config });

describeServer('apache', () => {
  const apache = useServer(startApache);
  let proxy: FaultProxy;
  let folder: string;
  let location: StorageLocation;
  let count = 0;

  beforeEach(async () => {
    proxy = await startFaultProxy({ target: apache().port });
    folder = `faults-${++count}`;
    await mkdir(join(apache().data, folder));
    await chmod(join(apache().data, folder), 0o777);
    location = await connect(through('dav'));
  });
  afterEach(async () => {
    await location.close();
    await proxy.stop();
  });

  const through = (place: string) => `http://127.0.0.1:${proxy.port}/${place}/${folder}/`;
  const onDisk = async () => (await readdir(join(apache().data, folder))).filter((name) => !name.startsWith('.davfs.tmp'));
  /** What the server has is known only when it wrote some of it. */
  const bytesOnDisk = async (): Promise<void> => {
    const place = join(apache().data, folder);
    for (;;) {
      const sizes = await Promise.all((await readdir(place)).map((name) => stat(join(place, name)).then(({ size }) => size, () => 0)));
      if (sizes.some((size) => size > 0)) return;
      await sleep(20);
    }
  };
  const save = (bytes: Uint8Array = BYTES, name = 'a.bin') => location.file(name).save(sourceOf(bytes), { size: bytes.length });

  describe.each([10, 50, 99])('an upload that is cut at %i per cent', (percent) => {
    test('goes on where it stopped, after the beginning was read back, and sends not more than one part again', async () => {
      let token: string | null = null;
      const keep = (kept: string) => (token = kept);
      const cutAt = Math.floor((BIG.size * percent) / 100);
      proxy.resetCounts();
      const cut = async (): Promise<void> => {
        await bytesOnDisk();
        proxy.set({ refuse: true });
        proxy.cutAll();
      };
      const failed = await rejectsWith(() => location.file('large.bin').save(BIG.source(cutAt, cut), { size: BIG.size, resume: { token: null, keep } }), 'unavailable');
      expect(failed.retryable).toBe(true);
      proxy.clear();
      expect(await listed(location, '')).toEqual([]);
      const { resumed, evidence } = await location.file('large.bin').save(BIG.source(), { size: BIG.size, resume: { token, keep } });
      expect(resumed).toMatchObject({ proof: 'read back', algorithm: 'sha256' });
      expect(resumed?.offset).toBeGreaterThan(cutAt - rangePartSize(BIG.size) - 4 * MIB);
      expect(evidenceLevel(evidence)).toBe(3);
      expect(proxy.total.up).toBeLessThan(BIG.size + rangePartSize(BIG.size) + WORDS);
      await BIG.requireStored(location, 'large.bin');
      expect(await onDisk()).toEqual(['large.bin']);
    });
  });

  test('a beginning that may not be read back is not trusted: the upload begins anew', async () => {
    const bound = await connect(through('dav'), {}, { proof: { minimum: 2, readBack: { upTo: MIB } } });
    let token: string | null = null;
    const keep = (kept: string) => (token = kept);
    await rejectsWith(() => bound.file('large.bin').save(BIG.source(BIG.size / 2, () => proxy.cutAll()), { size: BIG.size, resume: { token: null, keep } }), 'unavailable');
    const first = token;
    const { resumed } = await bound.file('large.bin').save(BIG.source(), { size: BIG.size, resume: { token, keep } });
    expect(resumed).toBeNull();
    expect(token).not.toBe(first);
    expect(await onDisk()).toEqual(['large.bin']);
    await bound.close();
  });

  describe('a byte that changes on the way', () => {
    test.each([['a small file', 100 * KIB], ['one that is streamed', 3 * MIB]])('up is found by reading back: %s', async (_what, size) => {
      proxy.set({ match: 'PUT ', up: { flipAt: 60_000 }, times: 1 });
      const { context } = await rejectsWith(() => save(pattern(size)), 'checksum_mismatch');
      expect(context['found']).not.toBe(context['expected']);
      proxy.clear();
      expect(await onDisk()).toEqual([]);
    });

    test('up is never called more than the same size where nothing may be read back', async () => {
      proxy.set({ match: 'PUT ', up: { flipAt: 60_000 }, times: 1 });
      const { evidence } = await location.file('a.bin').save(sourceOf(BYTES), { size: BYTES.length, proof: SIZE_ONLY });
      expect(evidence).toMatchObject([{ level: 0, value: null, note: 'The storage computes no digest. Not read back: the location forbids it.' }]);
    });

    test('down is another digest', async () => {
      const file = await store(location, 'a.bin', BYTES);
      const right = await file.checksum();
      proxy.set({ match: 'HTTP/1.1 200', matchIn: 'down', down: { flipAt: 60_000 } });
      expect(await file.checksum()).not.toBe(right);
    });
  });

  describe('an answer that is lost', () => {
    test.each([['of a small file', 10 * KIB], ['of one that is streamed', 3 * MIB]])('to the upload %s is looked up, and the bytes are proven', async (_what, size) => {
      proxy.set({ match: 'PUT ', loseAnswer: true, times: 1 });
      const { evidence } = await save(pattern(size));
      expect(evidenceLevel(evidence)).toBe(3);
      expect(proxy.connections.some(({ fault }) => fault === 'lost answer')).toBe(true);
      expect(await onDisk()).toEqual(['a.bin']);
    });

    test.each([true, false])('to the move that publishes it is looked up (overwrite: %s)', async (overwrite) => {
      await location.file('a.bin').save(sourceOf(BYTES), {
        size: BYTES.length,
        overwrite,
        beforeCommit: () => Promise.resolve(proxy.set({ match: 'MOVE ', loseAnswer: true, times: 1 })),
      });
      expect(proxy.connections.some(({ fault }) => fault === 'lost answer')).toBe(true);
      sameBytes(await contents(location, 'a.bin'), BYTES, 'stored');
      expect(await onDisk()).toEqual(['a.bin']);
    });

    test('to a move that did not happen is no success', async () => {
      await store(location, 'a.bin', pattern(10));
      const saving = location.file('a.bin').save(sourceOf(BYTES), { size: BYTES.length, overwrite: false, beforeCommit: () => Promise.resolve(proxy.set({ match: 'MOVE ', loseAnswer: true, times: 1 })) });
      await rejectsWith(() => saving, 'already_exists');
      sameBytes(await contents(location, 'a.bin'), pattern(10), 'the old file');
      expect(await onDisk()).toEqual(['a.bin']);
    });

    test('to a deletion, a rename and a new folder is looked up', async () => {
      await store(location, 'a.bin', BYTES);
      for (const [method, action] of [['MOVE', () => location.move('a.bin', 'b.bin')], ['DELETE', () => location.file('b.bin').delete()], ['MKCOL', () => location.makeDirectory('new')], ['DELETE', () => location.remove('new')]] as const) {
        proxy.set({ match: `${method} `, loseAnswer: true, times: 1 });
        await action();
      }
      expect(await onDisk()).toEqual([]);
    });
  });

  describe('a server that goes away', () => {
    test('and falls silent is given up in time, in a save, a read and a listing', async () => {
      const file = await store(location, 'a.bin', BYTES);
      proxy.set({ down: { stallAfter: 0 }, up: { stallAfter: 0 } });
      await rejectsWith(() => save(), 'unavailable');
      await rejectsWith(() => file.open(), 'unavailable');
      await rejectsWith(() => listed(location, ''), 'unavailable');
    });

    test('and takes no more bytes is given up in time', async () => {
      proxy.set({ match: 'PUT ', up: { stallAfter: MIB } });
      await rejectsWith(() => save(pattern(20 * MIB)), 'unavailable');
    });

    test('or was never there is not reachable', async () => {
      proxy.set({ refuse: true });
      expect((await rejectsWith(() => connect(through('dav')), 'unavailable')).retryable).toBe(true);
      await rejectsWith(() => connect('http://nowhere.invalid/dav/'), 'unavailable');
      await rejectsWith(() => connect('http://127.0.0.1:1/dav/'), 'unavailable');
    });

    test('in the middle of a listing is an error, not a short listing', async () => {
      for (let at = 0; at < 5; at++) await store(location, `${at}.bin`, pattern(1));
      proxy.set({ match: '<D:response', matchIn: 'down', down: { cutAfter: 1000 } });
      await rejectsWith(() => listed(location, ''), 'unavailable');
    });
  });

  describe('a sign-in', () => {
    const withoutSecret = (error: StorageError) => expect(JSON.stringify(error.toRecord())).not.toContain('wrong-word');

    test.each([['dav', 'automatic'], ['dav', 'basic'], ['digest', 'automatic'], ['digest', 'digest']])('with a wrong password is refused (%s, %s)', async (place, auth) => {
      withoutSecret(await rejectsWith(() => connect(through(place), { auth }, { secret: 'wrong-word' }), 'authentication_failed'));
      withoutSecret(await rejectsWith(() => connect(through(place), { auth, user: 'nobody' }, { secret: 'wrong-word' }), 'authentication_failed'));
    });

    test('with none, a token, or a way that the server does not know is refused', async () => {
      await rejectsWith(() => connect(through('dav'), { user: '' }, { secret: null }), 'authentication_failed');
      await rejectsWith(() => connect(through('dav'), { user: '' }, { secret: 'wrong-word' }), 'authentication_failed');
      await rejectsWith(() => connect(through('dav'), { auth: 'digest' }), 'authentication_failed');
      await rejectsWith(() => connect(through('digest'), { auth: 'basic' }), 'authentication_failed');
    });
  });

  describe('Digest whose nonces live for a second', () => {
    const start = (options: ApacheOptions) => startApache(options);
    const shortLived = useServer(() => start({ nonceSeconds: 1 }));

    test('signs in anew before a body that can be sent only once, and sends it once', async () => {
      await proxy.stop();
      proxy = await startFaultProxy({ target: shortLived().port });
      const digest = await connect(`http://127.0.0.1:${proxy.port}/digest/`);
      for (const name of ['a.bin', 'b.bin']) {
        await sleep(2100);
        proxy.resetCounts();
        const { evidence } = await digest.file(name).save(sourceOf(pattern(8 * MIB)), { size: 8 * MIB });
        expect(evidenceLevel(evidence)).toBe(3);
        expect(proxy.total.up).toBeLessThan(8 * MIB + WORDS);
      }
      await digest.close();
    });
  });

  describe('what the server does not allow', () => {
    test('a folder that can only be read says so at connect, and gives its files', async () => {
      const reading = await connect(apache().urls.readOnly);
      expect(reading.capabilities).toMatchObject({ list: true, rangeRead: true, delete: false, move: false, makeDirectory: false, resume: false });
      const error = await rejectsWith(() => reading.file('a.bin').save(sourceOf(BYTES), { size: BYTES.length }), 'permission_denied');
      expect(error.message).toMatch(/Nothing can be stored/);
      await rejectsWith(() => reading.makeDirectory('new'), 'permission_denied');
      await rejectsWith(() => reading.remove('hello.txt'), 'permission_denied');
      expect((await contents(reading, 'hello.txt')).toString()).toBe('hello\n');
      expect((await reading.probe()).lines.some(({ ok, text }) => !ok && text.startsWith('Nothing can be stored here'))).toBe(true);
      await reading.close();
    });

    test('a location that is set to read only is never written to', async () => {
      proxy.set({ match: 'PUT ', refuse: false, up: { cutAfter: 0 } });
      const reading = await connect(through('dav'), { readOnly: true });
      await rejectsWith(() => reading.file('a.bin').save(sourceOf(BYTES)), 'permission_denied');
      expect(proxy.connections.every(({ fault }) => fault === null)).toBe(true);
      await reading.close();
    });

    test('a folder inside that the server may not write into is told', async () => {
      await mkdir(join(apache().data, folder, 'closed'), { mode: 0o755 });
      if (process.getuid?.() === 0) await rejectsWith(() => location.file('closed/a.bin').save(sourceOf(BYTES), { size: BYTES.length }), 'permission_denied');
      await rejectsWith(() => location.file('missing/a.bin').save(sourceOf(BYTES), { size: BYTES.length }), 'not_found');
      await rejectsWith(() => location.file('missing/a.bin').save(sourceOf(pattern(10)), { size: 10 }), 'not_found');
    });

    test('a body that is too large is told', async () => {
      const capped = await connect(apache().urls.capped);
      await rejectsWith(() => capped.file('a.bin').save(sourceOf(BYTES), { size: BYTES.length }), 'size_limit_exceeded');
      await rejectsWith(() => listed(capped, 'a.bin'), 'not_found', 'invalid_location');
      await capped.close();
    });

    test('a full disk is told, leaves nothing, and takes what fits', async (context) => {
      const { full } = apache().urls;
      if (full === null) return missingHere(context, 'no small disk can be mounted');
      const small = await connect(full);
      await rejectsWith(() => small.file('a.bin').save(sourceOf(pattern(20 * MIB)), { size: 20 * MIB }), 'out_of_space');
      await rejectsWith(() => small.file('a.bin').save(sourceOf(pattern(20 * MIB)), { size: 20 * MIB, resume: { token: null, keep: () => undefined } }), 'out_of_space');
      for (const left of await small.unfinished('')) await small.discard(left);
      expect(await listed(small, '')).toEqual([]);
      await store(small, 'b.bin', pattern(MIB));
      await small.close();
    });

    test('names that are too long are refused, in one part and in all', async () => {
      await rejectsWith(async () => save(BYTES, 'n'.repeat(300)), 'invalid_location');
      await rejectsWith(() => save(BYTES, Array.from({ length: 60 }, () => 'n'.repeat(200)).join('/')), 'invalid_location');
    });

    test('what is no WebDAV folder is told', async () => {
      await rejectsWith(() => connect(`${apache().urls.basic}missing/`), 'not_found');
      await store(location, 'file.bin', pattern(10));
      await rejectsWith(() => connect(`${through('dav')}file.bin`), 'invalid_location', 'not_found');
      await rejectsWith(() => connect(`http://127.0.0.1:${apache().port}/`), 'permission_denied', 'unsupported');
    });
  });
});

describeServer('apache', () => {
  const servers: { stop(): Promise<void> }[] = [];
  const start = async (certificate: NonNullable<ApacheOptions['certificate']>) => {
    const server = await startApache({ certificate });
    servers.push(server);
    return server;
  };
  afterAll(async () => {
    for (const server of servers) await server.stop();
  });

  test('a certificate by nobody is offered to be trusted, then it alone is, and another one blocks', async () => {
    const server = await start('selfSigned');
    const error = await rejectsWith(() => connect(server.urls.secure), 'untrusted_server');
    const offer = trustOfferOf(error);
    expect(offer).toMatchObject({ trust: 'unknown', trustOption: 'certificate' });
    const pinned = await connect(server.urls.secure, { certificate: offer?.trustValue ?? '' });
    await store(pinned, 'a.bin', BYTES);
    sameBytes(await contents(pinned, 'a.bin'), BYTES, 'stored');
    await pinned.close();
    const other = await start('good');
    expect(trustOfferOf(await rejectsWith(() => connect(other.urls.secure, { certificate: offer?.trustValue ?? '', caFile: other.caFile }), 'untrusted_server'))).toMatchObject({ trust: 'changed' });
  });

  test.each([['wrongName', 'ERR_TLS_CERT_ALTNAME_INVALID'], ['expired', 'CERT_HAS_EXPIRED']] as const)('a certificate that is %s is not trusted', async (certificate, system) => {
    const server = await start(certificate);
    const error = await rejectsWith(() => connect(server.urls.secure, { caFile: server.caFile }), 'untrusted_server');
    expect(error.context['system']).toBe(system);
  });

  test('a server that speaks no TLS is said to be so', async () => {
    const server = await start('good');
    const error = await rejectsWith(() => connect(server.urls.basic.replace('http:', 'https:')), 'unavailable');
    expect(error.message).toMatch(/secure connection/);
  });
});
