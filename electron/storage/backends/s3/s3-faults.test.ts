import { PutBucketPolicyCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../../../e2e/servers/fault-proxy.ts';
import { startCeph } from '../../../../e2e/servers/real/ceph.ts';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { evidenceLevel } from '../../../../shared/storage/evidence.ts';
import { contents, listed, pattern, sourceOf, store } from '../../testing/subject.ts';
import type { S3Location } from './location.ts';
import { connectTo, freshBucket, outsideClient, residueOf, type TestServer } from './s3-bucket-fixture.ts';

vi.setConfig({ testTimeout: 300_000 });

const MIB = 1024 * 1024;
const PART = 8 * MIB;
/** Bytes of the file that is cut; HOLDFAST_LARGE makes the long form of it. */
const LARGE = Number(process.env['HOLDFAST_LARGE'] ?? 64 * MIB);
/** Where it is cut, in percent; the long form cuts at the ends too. */
const CUTS = process.env['HOLDFAST_LARGE'] === undefined ? [50] : [10, 50, 99];

describeServer('ceph', () => {
  const ceph = useServer(startCeph);
  let proxy: FaultProxy;
  let server: TestServer;
  let client: S3Client;
  let bucket = '';
  let location: S3Location;

  beforeEach(async () => {
    server = { endpoint: ceph().endpoint, user: ceph().users.rw };
    client = outsideClient(server);
    bucket = await freshBucket(client);
    proxy = await startFaultProxy({ target: Number(new URL(server.endpoint).port) });
    location = await connect();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await location.close();
    await proxy.stop();
    client.destroy();
  });

  const connect = (timeout = 30) => connectTo(server, bucket, { options: { timeout } }, `http://${proxy.host}:${proxy.port}`);
  const save = (bytes: Buffer, name = 'file.bin') => location.file(name).save(sourceOf(bytes, MIB), { size: bytes.length });

  describe('a line that breaks', () => {
    test.each(CUTS)('at %d percent of an upload: it goes on, and no more than the parts on their way are sent again', async (percent) => {
      const bytes = pattern(LARGE, percent);
      let token: string | null = null;
      const before = proxy.total.up;
      const saving = location.file('file.bin').save(sourceOf(bytes, MIB), { size: LARGE, resume: { token, keep: (kept) => (token = kept) } });
      const failed = expect(saving).rejects.toMatchObject({ code: 'unavailable' });
      while (proxy.total.up - before < (LARGE * percent) / 100) await new Promise((resolve) => setTimeout(resolve, 1));
      proxy.set({ refuse: true });
      proxy.cutAll();
      await failed;
      proxy.clear();
      expect(token).not.toBeNull();
      const result = await location.file('file.bin').save(sourceOf(bytes, MIB), { size: LARGE, resume: { token, keep: (kept) => (token = kept) } });
      const again = proxy.total.up - before - LARGE;
      expect(again).toBeLessThan(2 * PART + 0.01 * LARGE + MIB);
      if (percent > 10) expect(result.resumed).toMatchObject({ proof: 'part digests', algorithm: 'md5' });
      expect(evidenceLevel(result.evidence)).toBe(2);
      expect((await contents(location, 'file.bin')).equals(bytes)).toBe(true);
      expect(await residueOf(client, bucket)).toEqual(['file.bin']);
    });

    test('on one connection only: that part is sent again by itself', async () => {
      const bytes = pattern(40 * MIB, 2);
      proxy.set({ up: { cutAfter: 3 * MIB, cut: 'reset' }, match: 'PUT ', times: 1 });
      const { evidence, resumed } = await save(bytes);
      expect(resumed).toBeNull();
      expect(evidenceLevel(evidence)).toBe(2);
      expect((await contents(location, 'file.bin')).equals(bytes)).toBe(true);
    });

    test('before the answer to a commit: it is looked up, whole or in parts', async () => {
      for (const [match, bytes] of [['PUT ', pattern(300_000)], ['<CompleteMultipartUpload', pattern(20 * MIB)]] as const) {
        proxy.set({ loseAnswer: true, match, times: 1 });
        const { evidence } = await save(bytes, `${bytes.length}`);
        expect(evidenceLevel(evidence)).toBe(2);
        proxy.clear();
        expect((await contents(location, `${bytes.length}`)).equals(bytes)).toBe(true);
      }
      expect(await residueOf(client, bucket)).toHaveLength(2);
    });

    test('a byte that changes on the way up is refused, sent again, and never called right', async () => {
      const small = pattern(300_000, 3);
      proxy.set({ up: { flipAt: 100_000 }, match: 'PUT ', times: 1 });
      expect(evidenceLevel((await save(small, 'once')).evidence)).toBe(2);
      proxy.clear();
      expect((await contents(location, 'once')).equals(small)).toBe(true);
      const large = pattern(20 * MIB, 4);
      proxy.set({ up: { flipAt: 3 * MIB }, match: 'PUT ', times: 1 });
      expect(evidenceLevel((await save(large, 'parts')).evidence)).toBe(2);
      proxy.clear();
      expect((await contents(location, 'parts')).equals(large)).toBe(true);
      expect((await residueOf(client, bucket)).toSorted()).toEqual(['once', 'parts']);
    });

    test('a server that takes nothing more, or gives nothing more, is given up in time', async () => {
      await location.close();
      location = await connect(1);
      const bytes = pattern(24 * MIB, 5);
      await store(location, 'there', bytes);
      proxy.set({ up: { stallAfter: MIB }, match: 'PUT ' });
      await expect(save(bytes)).rejects.toMatchObject({ code: 'unavailable' });
      proxy.clear();
      proxy.set({ down: { stallAfter: 100_000 }, match: 'GET ' });
      await expect(contents(location, 'there')).rejects.toThrow();
      proxy.clear();
    });

    test('a server that refuses connections is not reachable', async () => {
      proxy.set({ refuse: true });
      proxy.cutAll();
      await expect(location.stat('a')).rejects.toMatchObject({ code: 'unavailable', retryable: true });
      await expect(listed(location, '')).rejects.toMatchObject({ code: 'unavailable' });
      await expect(save(pattern(1000))).rejects.toMatchObject({ code: 'unavailable' });
    });

    test('a download that is cut never ends as if it were whole', async () => {
      const bytes = pattern(20 * MIB, 6);
      await store(location, 'file.bin', bytes);
      proxy.set({ down: { cutAfter: 5 * MIB }, match: 'GET ' });
      await expect(contents(location, 'file.bin')).rejects.toThrow();
    });
  });

  describe('what cannot work', () => {
    const tryTo = (more: Parameters<typeof connectTo>[2], to = bucket) => connectTo(server, to, more).then((opened) => opened.close());

    test('a wrong secret, an unknown key, an unknown bucket, an unknown host, a closed port', async () => {
      const wrong = expect(tryTo({ secret: 'not-the-secret' })).rejects;
      await wrong.toMatchObject({ code: 'authentication_failed', message: expect.not.stringContaining('not-the-secret') });
      await expect(tryTo({ options: { accessKeyId: 'AKNOBODY' } })).rejects.toMatchObject({ code: 'authentication_failed' });
      await expect(tryTo({}, 'no-such-bucket')).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('no-such-bucket') });
      await expect(tryTo({ options: { endpoint: 'http://no-such-host.invalid' } })).rejects.toMatchObject({ code: 'unavailable' });
      await proxy.stop();
      await expect(tryTo({ options: { endpoint: `http://127.0.0.1:${proxy.port}` } })).rejects.toMatchObject({ code: 'unavailable' });
    });

    test('somebody else’s bucket, and one that may only be read', async () => {
      await store(location, 'folder/file.bin', pattern(5000));
      const reader: TestServer = { endpoint: server.endpoint, user: ceph().users.ro };
      await expect(connectTo(reader, bucket)).rejects.toMatchObject({ code: 'permission_denied' });
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: ['arn:aws:iam:::user/ro'] }, Action: ['s3:*'], Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`] }] });
      await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
      const reading = await connectTo(reader, bucket);
      try {
        const { capabilities } = reading;
        expect(capabilities).toMatchObject({ list: true, read: true, delete: false, makeDirectory: false, move: false, noOverwrite: false, resume: false });
        expect((await listed(reading, 'folder')).map(({ writable }) => writable)).toEqual([false]);
        expect((await contents(reading, 'folder/file.bin')).equals(pattern(5000))).toBe(true);
        for (const action of [() => store(reading, 'x', pattern(10)), () => reading.remove('folder/file.bin'), () => reading.makeDirectory('x'), () => reading.move('folder/file.bin', 'y')]) await expect(action()).rejects.toMatchObject({ code: 'permission_denied' });
      } finally {
        await reading.close();
      }
      expect(await residueOf(client, bucket)).toEqual(['folder/file.bin']);
    });

    test('a location that is set to read only is never written to, not even by the probe', async () => {
      await store(location, 'file.bin', pattern(5000));
      proxy.resetCounts();
      const reading = await connectTo(server, bucket, { options: { readOnly: true } });
      expect(reading.capabilities).toMatchObject({ list: true, rangeRead: true, delete: false, serverDigest: ['md5'] });
      await expect(store(reading, 'x', pattern(10))).rejects.toMatchObject({ code: 'permission_denied' });
      await reading.close();
      expect(await residueOf(client, bucket)).toEqual(['file.bin']);
    });

    test('a quota that is used up is said so, whole and in parts, and nothing stays', async () => {
      const limited: TestServer = { endpoint: server.endpoint, user: ceph().users.quota };
      const theirs = outsideClient(limited);
      const full = await freshBucket(theirs);
      const narrow = await connectTo(limited, full);
      try {
        await expect(narrow.file('large').save(sourceOf(pattern(40 * MIB), MIB), { size: 40 * MIB })).rejects.toMatchObject({ code: 'out_of_space' });
        await expect(
          (async () => {
            for (let at = 0; at < 6; at++) await store(narrow, `f${at}`, pattern(7 * MIB));
          })(),
        ).rejects.toMatchObject({ code: 'out_of_space' });
        expect((await residueOf(theirs, full)).filter((key) => key.startsWith('unfinished'))).toEqual([]);
      } finally {
        await narrow.close();
        theirs.destroy();
      }
    });

    test('a key that is too long', async () => {
      const deep = Array.from({ length: 6 }, () => 'n'.repeat(200)).join('/');
      for (const action of [() => location.stat(deep), () => store(location, deep, pattern(1)), () => location.makeDirectory(deep)]) await expect(async () => action()).rejects.toMatchObject({ code: 'invalid_location' });
    });

    test('a clock that is three hours ahead is corrected by the server’s', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * 60 * 60 * 1000 });
      const ahead = await connectTo(server, bucket);
      await store(ahead, 'file.bin', pattern(1000));
      await ahead.close();
      vi.useRealTimers();
      expect((await contents(location, 'file.bin')).equals(pattern(1000))).toBe(true);
    });
  });
});
