import { Readable } from 'node:stream';
import type { ContainerClient } from '@azure/storage-blob';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../../../e2e/servers/fault-proxy.ts';
import { startAzurite } from '../../../../e2e/servers/real/azurite.ts';
import { createServerCertificates } from '../../../../e2e/servers/real/certificates.ts';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { makeServerFolder, removeServerFolder } from '../../../../e2e/servers/real/server-process.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { DEFAULT_PROOF_POLICY, evidenceLevel } from '../../../../shared/storage/evidence.ts';
import { trustOfferOf } from '../../../../shared/storage/trust-offer.ts';
import type { SaveResult } from '../../storage-backend.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { contents, pattern, rejectsWith, sameBytes, sourceOf, store } from '../../testing/subject.ts';
import { connectTo, createContainer } from './azure-fixture.ts';
import { DEFAULT_BLOCK } from './block-plan.ts';

const MIB = 1024 * 1024;
const LARGE = Number(process.env['HOLDFAST_LARGE'] ?? 64 * MIB);
/** What is on the way of one file at a time: what a cut can cost. */
const PART = 8 * MIB;
/** Requests and TLS have to go somewhere too. */
const WORDS = 1024 * 1024;

describeServer('azurite', () => {
  const azurite = useServer(startAzurite);
  let proxy: FaultProxy;
  let container: ContainerClient;
  let location: StorageLocation;

  beforeEach(async () => {
    container = await createContainer(azurite());
    proxy = await startFaultProxy({ target: azurite().port });
    location = await open();
  });

  afterEach(async () => {
    await location.close();
    await proxy.stop();
  });

  const open = (more: Partial<Parameters<typeof connectTo>[2]> = {}): Promise<StorageLocation> => connectTo(azurite().endpoint.replace(String(azurite().port), String(proxy.port)), container.containerName, { secret: azurite().key, options: { timeout: 2 }, ...more });
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
  const piece = (at: number) => pattern(Math.min(MIB, LARGE - at), at / MIB + 1);
  const requireLarge = async (name: string): Promise<void> => {
    let at = 0;
    let rest = Buffer.alloc(0);
    for await (const chunk of await location.file(name).open()) {
      rest = Buffer.concat([rest, chunk as Buffer]);
      for (; rest.length >= MIB; at += MIB) {
        if (!rest.subarray(0, MIB).equals(piece(at))) expect.fail(`the bytes from ${at} on are others`);
        rest = rest.subarray(MIB);
      }
    }
    expect(at + rest.length).toBe(LARGE);
  };
  const visible = async (): Promise<readonly string[]> => {
    const names: string[] = [];
    for await (const { name } of container.listBlobsFlat()) names.push(name);
    return names;
  };

  describe.each([10, 50, 99])('a line that is cut at %i %%', (percent) => {
    test('costs not more than one part: the next save sends only what is missing', async () => {
      let token: string | null = null;
      const keep = (kept: string) => (token = kept);
      const cutAt = Math.floor((LARGE * percent) / 100);
      proxy.resetCounts();
      const cut = (): void => {
        proxy.set({ refuse: true });
        proxy.cutAll();
      };
      const failed = await rejectsWith(() => location.file('large.bin').save(largeSource(cutAt, cut), { size: LARGE, resume: { token: null, keep } }), 'unavailable');
      expect(failed.retryable).toBe(true);
      expect(await visible()).toEqual([]);
      proxy.clear();
      const { resumed, evidence } = await location.file('large.bin').save(largeSource(), { size: LARGE, proof: { minimum: 1, readBack: 'never' }, resume: { token, keep } });
      if (percent > 10) expect(resumed).toMatchObject({ proof: 'part digests', algorithm: 'md5' });
      if (percent > 10) expect(resumed?.offset).toBeGreaterThan(cutAt / 2);
      expect(evidence.at(-1)).toMatchObject({ level: 1, parts: Math.ceil(LARGE / DEFAULT_BLOCK) });
      expect(proxy.total.up).toBeLessThan(LARGE + PART + WORDS);
      await requireLarge('large.bin');
    });
  });

  describe('a byte that changes on the way', () => {
    test.each(['small.bin', 'large.bin'])('once is refused by the service and sent again where it went in blocks (%s)', async (name) => {
      const bytes = pattern(name === 'small.bin' ? 100_000 : 12 * MIB, 4);
      proxy.set({ match: 'PUT ', up: { flipAt: 60_000 }, times: 1 });
      const saving = (): Promise<SaveResult> => location.file(name).save(sourceOf(bytes), { size: bytes.length, proof: { minimum: 1, readBack: 'never' } });
      if (name === 'small.bin') {
        expect((await rejectsWith(saving, 'checksum_mismatch')).message).toContain('the service computed another MD5');
        expect(await visible()).toEqual([]);
      }
      const { evidence } = await saving();
      expect(evidenceLevel(evidence)).toBeGreaterThanOrEqual(1);
      sameBytes(await contents(location, name), bytes, 'what is stored');
    });

    test('is seen when it is read', async () => {
      const file = await store(location, 'a.bin', pattern(100_000));
      proxy.set({ match: 'HTTP/1.1 20', matchIn: 'down', down: { flipAt: 60_000 } });
      const found = await file.checksum({ algorithm: 'sha256' });
      proxy.clear();
      expect(found).not.toBe(await file.checksum({ algorithm: 'sha256' }));
    });
  });

  test.each([1000, 12 * MIB])('an answer to the commit that is lost is looked up: %i bytes', async (size) => {
    const bytes = pattern(size, 5);
    let told = false;
    const saved = await location.file('a.bin').save(sourceOf(bytes), {
      size,
      overwrite: false,
      beforeCommit: () => {
        told = true;
        proxy.set({ match: 'PUT ', loseAnswer: true, times: 1 });
        return Promise.resolve();
      },
    });
    expect(told).toBe(true);
    expect(proxy.connections.some(({ fault }) => fault === 'lost answer')).toBe(true);
    expect(evidenceLevel(saved.evidence)).toBe(3);
    sameBytes(await contents(location, 'a.bin'), bytes, 'what is stored');
  });

  test.each([1000, 12 * MIB])('a commit that did not arrive, as on a connection that was just closed, is sent once more: %i bytes', async (size) => {
    const beforeCommit = () => Promise.resolve(proxy.set({ match: 'PUT ', up: { cutAfter: 0, cut: 'reset' }, times: 1 }));
    await location.file('a.bin').save(sourceOf(pattern(size)), { size, overwrite: false, beforeCommit });
    expect(proxy.connections.some(({ fault }) => fault === 'cut (reset)')).toBe(true);
    sameBytes(await contents(location, 'a.bin'), pattern(size), 'what is stored');
  });

  test('a server that falls silent is given up in time, in a save and in a read', async () => {
    const file = await store(location, 'a.bin', pattern(4 * MIB));
    proxy.set({ down: { stallAfter: 0 } });
    const before = performance.now();
    expect((await rejectsWith(() => store(location, 'b.bin', pattern(100)), 'unavailable')).message).toContain('stayed silent');
    await rejectsWith(() => store(location, 'c.bin', pattern(20 * MIB)), 'unavailable');
    await rejectsWith(() => file.open(), 'unavailable');
    expect(performance.now() - before).toBeLessThan(30_000);
    proxy.clear();
    sameBytes(await contents(location, 'a.bin'), pattern(4 * MIB), 'read afterwards');
  });

  test('a slow line is no silent one', async () => {
    proxy.set({ up: { bytesPerSecond: 600_000 } });
    await store(location, 'a.bin', pattern(2 * MIB));
    sameBytes(await contents(location, 'a.bin'), pattern(2 * MIB), 'what is stored');
  });

  test('a read that is cut says that a new try may help', async () => {
    const file = await store(location, 'a.bin', pattern(4 * MIB));
    proxy.set({ match: 'HTTP/1.1 20', matchIn: 'down', down: { cutAfter: MIB } });
    const stream = await file.open();
    await rejectsWith(async () => {
      for await (const chunk of stream) expect(chunk).toBeDefined();
    }, 'unavailable');
  });

  test('a refused connection is told with the address', async () => {
    proxy.set({ refuse: true });
    proxy.cutAll();
    const error = await rejectsWith(() => open(), 'unavailable');
    expect(error.message).toContain(`127.0.0.1:${proxy.port}`);
  });
});

describeServer('azurite', () => {
  let folder = '';
  let stop: () => Promise<void> = () => Promise.resolve();

  afterEach(async () => {
    await stop();
    await removeServerFolder(folder);
  });

  test('certificates: an unknown one is offered for trust, a pinned one is enough, a changed one is blocked', async () => {
    folder = await makeServerFolder('azure-tls');
    const certificates = await createServerCertificates(folder);
    const connect = async (which: 'good' | 'wrongName' | 'selfSigned', options: Readonly<Record<string, string | number>>) => {
      const server = await startAzurite({ tls: certificates[which] });
      stop = () => server.stop();
      const location = await connectTo(server.endpoint, 'box', { secret: server.key, options, proof: DEFAULT_PROOF_POLICY }).finally(() => server.stop());
      await location.close();
    };
    // No certificate, no request: the container is only missed by those who got through.
    await rejectsWith(() => connect('good', { caFile: certificates.caFile }), 'not_found');
    const unknown = trustOfferOf(await rejectsWith(() => connect('selfSigned', {}), 'untrusted_server'));
    expect(unknown).toMatchObject({ trust: 'unknown', trustOption: 'certificate' });
    await rejectsWith(() => connect('selfSigned', { certificate: unknown?.trustValue ?? '' }), 'not_found');
    const changed = trustOfferOf(await rejectsWith(() => connect('good', { certificate: unknown?.trustValue ?? '', caFile: certificates.caFile }), 'untrusted_server'));
    expect(changed?.trust).toBe('changed');
    const name = await rejectsWith(() => connect('wrongName', { caFile: certificates.caFile }), 'untrusted_server');
    expect(name.message).toContain('127.0.0.1');
  });
});
