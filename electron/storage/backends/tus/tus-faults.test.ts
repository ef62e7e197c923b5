import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../../../e2e/servers/fault-proxy.ts';
import { createServerCertificates } from '../../../../e2e/servers/real/certificates.ts';
import { describeServer, missingHere } from '../../../../e2e/servers/real/describe-server.ts';
import { makeServerFolder, removeServerFolder } from '../../../../e2e/servers/real/server-process.ts';
import { mountSmallDisk } from '../../../../e2e/servers/real/small-disk.ts';
import { startTus } from '../../../../e2e/servers/real/tus.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { evidenceLevel } from '../../../../shared/storage/evidence.ts';
import { trustOfferOf } from '../../../../shared/storage/trust-offer.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { pattern, rejectsWith, sourceOf, store } from '../../testing/subject.ts';
import { connectTo } from './tus-fixture.ts';

const MIB = 1024 * 1024;
const LARGE = Number(process.env['HOLDFAST_LARGE'] ?? 64 * MIB);
/** What one part, and the words around it, cost. */
const PART = 8 * MIB;
const WORDS = MIB;

const piece = (at: number) => pattern(Math.min(MIB, LARGE - at), at / MIB + 1);

describeServer('tus', () => {
  const server = useServer(startTus);
  let proxy: FaultProxy;
  let location: StorageLocation;

  beforeEach(async () => {
    await server().clear();
    proxy = await startFaultProxy({ target: server().port });
    location = await open();
  });

  afterEach(async () => {
    await location.close();
    await proxy.stop();
  });

  const open = (more: Partial<Parameters<typeof connectTo>[1]> = {}): Promise<StorageLocation> => connectTo(server().endpoint.replace(String(server().port), String(proxy.port)), { secret: server().token, options: { timeout: 2 }, ...more });
  /** The large file, made while it is read; `then` happens when so much of it was given. */
  const largeSource = (at = Infinity, then: () => void = () => undefined): Readable =>
    Readable.from(
      (function* pieces() {
        for (let given = 0; given < LARGE; given += MIB) {
          if (given <= at && at < given + MIB) then();
          yield piece(given);
        }
      })(),
      { objectMode: false, highWaterMark: MIB },
    );
  const cutLine = (): void => {
    proxy.set({ refuse: true });
    proxy.cutAll();
  };

  describe.each([10, 50, 99])('a line that is cut at %i %%', (percent) => {
    test('costs not more than one part: the next save sends only what is missing, and the whole is proven', async () => {
      let token: string | null = null;
      const keep = (kept: string) => (token = kept);
      proxy.resetCounts();
      const failed = await rejectsWith(() => location.file('large.bin').save(largeSource(Math.floor((LARGE * percent) / 100), cutLine), { size: LARGE, resume: { token: null, keep } }), 'unavailable');
      expect(failed.retryable).toBe(true);
      proxy.clear();
      const { resumed, evidence } = await location.file('large.bin').save(largeSource(), { size: LARGE, resume: { token, keep } });
      if (percent > 10) expect(resumed).toMatchObject({ proof: 'acknowledged', algorithm: 'sha256' });
      expect(evidenceLevel(evidence)).toBe(3);
      expect(proxy.total.up).toBeLessThan(LARGE + PART + WORDS);
      expect((await server().uploads()).map(({ name, finished }) => ({ name, finished }))).toEqual([{ name: 'large.bin', finished: true }]);
    });
  });

  test('a line that is cut once within a part is mended within the same save', async () => {
    proxy.set({ match: 'PATCH ', up: { cutAfter: 5 * MIB, cut: 'reset' }, times: 1 });
    const { resumed } = await location.file('a.bin').save(sourceOf(pattern(20 * MIB)), { size: 20 * MIB });
    expect(resumed).toBeNull();
    expect((await readFile((await server().uploads())[0]?.file ?? '')).equals(pattern(20 * MIB))).toBe(true);
  });

  test.each([1000, 20 * MIB])('an answer that is lost is looked up: %i bytes', async (size) => {
    proxy.set({ match: 'PATCH ', loseAnswer: true, times: 1 });
    const { evidence } = await location.file('a.bin').save(sourceOf(pattern(size)), { size, overwrite: true });
    expect(evidenceLevel(evidence)).toBe(3);
    expect((await server().uploads()).filter(({ finished }) => finished)).toHaveLength(1);
  });

  test('a byte that changes on the way is seen by reading back, and never claimed where that is not allowed', async () => {
    proxy.set({ match: 'PATCH ', up: { flipAt: 60_000 }, times: 1 });
    await rejectsWith(() => store(location, 'a.bin', pattern(9 * MIB)), 'checksum_mismatch');
    expect(await server().uploads()).toEqual([]);
    proxy.set({ match: 'PATCH ', up: { flipAt: 60_000 }, times: 1 });
    const { evidence } = await location.file('b.bin').save(sourceOf(pattern(9 * MIB)), { size: 9 * MIB, proof: { minimum: 1, readBack: 'never' } });
    expect(evidenceLevel(evidence)).toBe(0);
  });

  test('a name that the server cannot give back is known by its size, and the evidence says so', async () => {
    const { evidence } = await location.file('日本語.txt').save(sourceOf(pattern(1000)), { size: 1000 });
    expect(evidence).toMatchObject([{ level: 0, note: expect.stringContaining('cannot give its files again') as string }]);
    expect((await server().uploads()).map(({ name }) => name)).toEqual(['日本語.txt']);
  });

  test('a server that falls silent is given up in time', async () => {
    proxy.set({ down: { stallAfter: 0 } });
    const before = performance.now();
    await rejectsWith(() => store(location, 'a.bin', pattern(100)), 'unavailable');
    await rejectsWith(() => store(location, 'b.bin', pattern(9 * MIB)), 'unavailable');
    await rejectsWith(() => open(), 'unavailable');
    expect(performance.now() - before).toBeLessThan(45_000);
  });

  test('a refused connection and a wrong token are told as what they are', async () => {
    const wrong = await rejectsWith(() => open({ secret: 'another-token' }), 'authentication_failed');
    expect(wrong.message).not.toContain('another-token');
    await rejectsWith(() => open({ secret: null }), 'authentication_failed');
    cutLine();
    expect((await rejectsWith(() => open(), 'unavailable')).message).toContain(`127.0.0.1:${proxy.port}`);
  });
});

describeServer('tus', () => {
  let folder = '';
  const stops: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    folder = await makeServerFolder('tus-test');
  });

  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await removeServerFolder(folder);
  });

  test('certificates: an unknown one is offered for trust, a pinned one is enough, a changed one is blocked', async () => {
    const certificates = await createServerCertificates(folder);
    const connect = async (which: 'good' | 'wrongName' | 'selfSigned', options: Readonly<Record<string, string | number>>): Promise<void> => {
      const server = await startTus({ tls: certificates[which] });
      await connectTo(server.endpoint, { secret: server.token, options }).then((location) => location.close()).finally(() => server.stop());
    };
    await connect('good', { caFile: certificates.caFile });
    const unknown = trustOfferOf(await rejectsWith(() => connect('selfSigned', {}), 'untrusted_server'));
    expect(unknown).toMatchObject({ trust: 'unknown', trustOption: 'certificate' });
    await connect('selfSigned', { certificate: unknown?.trustValue ?? '' });
    expect(trustOfferOf(await rejectsWith(() => connect('good', { certificate: unknown?.trustValue ?? '', caFile: certificates.caFile }), 'untrusted_server'))?.trust).toBe('changed');
    await rejectsWith(() => connect('wrongName', { caFile: certificates.caFile }), 'untrusted_server');
  });

  test('a file over the limit of the server is refused before it is sent', async () => {
    const server = await startTus({ maxSize: 1000 });
    stops.push(() => server.stop());
    const location = await connectTo(server.endpoint, { secret: server.token });
    expect(location.capabilities.maximumSize).toBe(1000);
    await rejectsWith(() => store(location, 'a.bin', pattern(1001)), 'size_limit_exceeded');
    await location.close();
  });

  test('a full disk ends the upload with an error, and what was sent is removed', async (context) => {
    const disk = await mkdtemp(join(tmpdir(), 'holdfast-small-'));
    const unmount = (await mountSmallDisk(disk, 6 * MIB)) ?? missingHere(context, 'No small disk can be mounted');
    const server = await startTus({ storage: disk });
    const location = await connectTo(server.endpoint, { secret: server.token, options: { timeout: 5 } });
    await rejectsWith(() => store(location, 'a.bin', pattern(20 * MIB)), 'unavailable', 'out_of_space');
    expect(await server.uploads()).toEqual([]);
    await store(location, 'b.bin', pattern(100));
    await location.close();
    await server.stop();
    await unmount();
  });
});
