import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../../../e2e/servers/fault-proxy.ts';
import { OcFixture, type OcFixtureOptions } from '../../../../e2e/servers/oc-fixture.ts';
import { evidenceLevel } from '../../../../shared/storage/evidence.ts';
import type { SaveResult } from '../../storage-backend.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { largeFile } from '../../testing/large-file.ts';
import { KIB, MIB, contents, listed, pattern, rejectsWith, sameBytes, sha256, sourceOf, store } from '../../testing/subject.ts';
import { chunkSizeFor } from './chunks.ts';
import { connectTo } from './webdav-fixture.ts';

/** What a fixture shows is that our side keeps to the documents, not how a real ownCloud or Nextcloud behaves. */
const PRODUCTS = ['ownCloud', 'Nextcloud'] as const;
const BIG = largeFile();
const WORDS = 256 * KIB;
const SMALL = pattern(100 * KIB);
const LONG = pattern(12 * MIB);
const NEVER = { minimum: 2, readBack: 'never' } as const;

let server: OcFixture;
let location: StorageLocation;
let proxy: FaultProxy | null = null;

async function start(options: Partial<OcFixtureOptions> = {}): Promise<void> {
  server = await OcFixture.start(options);
  location = await connectTo(server);
}
afterEach(async () => {
  await location.close();
  await proxy?.stop();
  proxy = null;
  await server.stop();
});

const save = (bytes: Uint8Array, more: Partial<Parameters<ReturnType<StorageLocation['file']>['save']>[1]> = {}): Promise<SaveResult> => location.file('a.bin').save(sourceOf(bytes), { size: bytes.length, ...more });

describe.each(PRODUCTS)('chunks of %s (fixture)', (product) => {
  beforeEach(() => start({ product }));

  describe.each([10, 50, 99])('an upload that is cut at %i per cent', (percent) => {
    test('goes on after the last chunk that arrived, and sends not more than one again', async () => {
      const between = (proxy = await startFaultProxy({ target: server.port }));
      await location.close();
      location = await connectTo({ url: () => server.url(between.port), options: server.options });
      let token: string | null = null;
      const keep = (kept: string) => (token = kept);
      const cutAt = Math.floor((BIG.size * percent) / 100);
      between.resetCounts();
      const cut = (): void => {
        between.set({ refuse: true });
        between.cutAll();
      };
      await rejectsWith(() => location.file('large.bin').save(BIG.source(cutAt, cut), { size: BIG.size, resume: { token: null, keep } }), 'unavailable');
      between.clear();
      expect(await listed(location, '')).toEqual([]);
      const { resumed, evidence } = await location.file('large.bin').save(BIG.source(), { size: BIG.size, resume: { token, keep } });
      const chunk = chunkSizeFor(BIG.size);
      const whole = Math.floor(cutAt / chunk) * chunk;
      if (whole > 0) expect(resumed).toMatchObject({ proof: 'part digests', algorithm: 'sha256' });
      expect(resumed?.offset ?? 0).toBeGreaterThanOrEqual(whole - chunk);
      expect(evidenceLevel(evidence)).toBe(3);
      expect(between.total.up).toBeLessThan(BIG.size + chunk + WORDS);
      await BIG.requireStored(location, 'large.bin');
      expect(await server.residue()).toEqual(['large.bin']);
    });
  });

  test('that the server dropped meanwhile are sent anew', async () => {
    let token: string | null = null;
    const keep = (kept: string) => (token = kept);
    const source = BIG.source(BIG.size / 2, () => server.faults.set({ fault: { kind: 'status', status: 503 }, method: 'PUT' }));
    await rejectsWith(() => location.file('large.bin').save(source, { size: BIG.size, resume: { token: null, keep } }), 'unavailable');
    server.faults.set();
    for (const name of await server.store.names('uploads')) await server.store.remove(`uploads/${name}`);
    const { resumed } = await location.file('large.bin').save(BIG.source(), { size: BIG.size, resume: { token, keep } });
    expect(resumed).toBeNull();
    expect(await server.residue()).toEqual(['large.bin']);
  });

  test('that are there in another size are not gone on with', async () => {
    let token: string | null = null;
    const keep = (kept: string) => (token = kept);
    const source = BIG.source(BIG.size / 2, () => server.faults.set({ fault: { kind: 'status', status: 503 }, method: 'PUT' }));
    await rejectsWith(() => location.file('large.bin').save(source, { size: BIG.size, resume: { token: null, keep } }), 'unavailable');
    server.faults.set({ fault: { kind: 'size', size: 7 }, path: /^uploads\//, method: 'PROPFIND' });
    const { resumed } = await location.file('large.bin').save(BIG.source(), { size: BIG.size, resume: { token, keep } });
    expect(resumed).toBeNull();
    await BIG.requireStored(location, 'large.bin');
  });

  test('whose join is not answered are looked up, also when a proxy gives up first', async () => {
    server.faults.set({ fault: { kind: 'lose answer' }, method: 'MOVE', path: /^uploads\/holdfast-[^p]/, times: 1 });
    expect(evidenceLevel((await save(LONG)).evidence)).toBe(3);
    server.faults.set({ fault: { kind: 'done, but', status: 504 }, method: 'MOVE', path: /^uploads\/holdfast-[^p]/, times: 1 });
    expect(evidenceLevel((await save(LONG)).evidence)).toBe(3);
    expect(await server.residue()).toEqual(['a.bin']);
  });

  test('go on after the join too, when only the proof was cut off', async () => {
    let token: string | null = null;
    const keep = (kept: string) => (token = kept);
    const resume = { token: null, keep };
    const cut = save(LONG, { resume, onRung: () => server.faults.set({ fault: { kind: 'status', status: 503 } }) });
    await rejectsWith(() => cut, 'unavailable');
    server.faults.set();
    server.requests.length = 0;
    const { resumed } = await save(LONG, { resume: { token, keep } });
    expect(resumed?.offset).toBe(LONG.length);
    expect(server.requests.filter((request) => request.startsWith('PUT'))).toEqual([]);
    expect(await server.residue()).toEqual(['a.bin']);
  });
});

describe('what a digest that goes along is worth', () => {
  test.each([['one request', SMALL], ['chunks', LONG]])('ownCloud (fixture) compares it: %s are checked in transit', async (_way, bytes) => {
    await start({ product: 'ownCloud' });
    const { evidence } = await save(bytes, { proof: NEVER });
    expect(evidence.map(({ level, algorithm }) => [level, algorithm])).toEqual([[0, null], [1, 'sha1']]);
    expect((await location.details('a.bin')).some(({ label }) => label === 'Declared sha1 (as the server saw it on arrival)')).toBe(true);
  });

  test.each([['one request', SMALL], ['chunks', LONG]])('Nextcloud (fixture) only keeps it: %s are known by size alone', async (_way, bytes) => {
    await start({ product: 'Nextcloud' });
    const { evidence } = await save(bytes, { proof: NEVER });
    expect(evidence.map(({ level }) => level)).toEqual([0]);
    expect(location.capabilities.serverDigest).toEqual([]);
    const declared = (await location.details('a.bin')).find(({ label }) => label === 'Declared sha1 (as sent by the uploader)');
    expect(declared?.value).toMatch(/^[0-9a-f]{40}$/);
  });

  test('an ownCloud (fixture) that does not compare is found out at connect', async () => {
    await start({ product: 'ownCloud', ocChecksum: 'keep' });
    expect((await save(SMALL, { proof: NEVER })).evidence.map(({ level }) => level)).toEqual([0]);
    expect((await location.probe()).lines.some(({ ok, text }) => !ok && text.includes('it proves nothing'))).toBe(true);
  });

  test.each([['one request', SMALL], ['chunks', LONG]])('a byte that changes on the way is refused by ownCloud (fixture): %s', async (_way, bytes) => {
    await start({ product: 'ownCloud' });
    const between = (proxy = await startFaultProxy({ target: server.port }));
    await location.close();
    location = await connectTo({ url: () => server.url(between.port), options: server.options });
    between.set({ match: 'PUT ', up: { flipAt: 60_000 }, times: 1 });
    await rejectsWith(() => save(bytes, { proof: NEVER }), 'checksum_mismatch');
    expect(await server.residue()).toEqual([]);
  });

  test('a server (fixture) that computes Repr-Digest is asked, one that repeats what it was told is not believed', async () => {
    await start({ product: 'plain', reprDigest: 'computed' });
    expect(location.capabilities.serverDigest).toEqual(['sha256']);
    const { evidence } = await save(SMALL);
    expect(evidence.map(({ level, value }) => [level, value])).toEqual([[0, null], [2, sha256(SMALL)]]);
    expect(server.requests.some((request) => /^GET .*\.temp$/.test(request))).toBe(false);
    await location.close();
    await server.stop();
    await start({ product: 'plain', reprDigest: 'kept' });
    expect(location.capabilities.serverDigest).toEqual([]);
    expect((await save(SMALL, { proof: NEVER })).evidence.map(({ level }) => level)).toEqual([0]);
  });

  test('a server (fixture) that compares Repr-Digest checks small files in transit', async () => {
    await start({ product: 'plain', reprDigest: 'compared' });
    expect((await save(SMALL, { proof: NEVER })).evidence.map(({ level, algorithm }) => [level, algorithm])).toEqual([[0, null], [1, 'sha256']]);
    // A digest must be known before the bytes go out.
    expect((await save(LONG, { proof: NEVER })).evidence.map(({ level }) => level)).toEqual([0]);
  });
});

describe.each([...PRODUCTS, 'plain'] as const)('a server that lies (fixture of %s)', (product) => {
  beforeEach(() => start({ product }));

  test.each([['small', SMALL], ['large', LONG]])('about what it stored is found out, and the bad copy goes away: %s', async (_size, bytes) => {
    server.faults.set({ fault: { kind: 'flip', at: 5 }, path: /^\.holdfast-.*temp$|^uploads\/.*\.file$/ });
    await rejectsWith(() => save(bytes), 'checksum_mismatch');
    server.faults.set({ fault: { kind: 'truncate', to: 1000 }, path: /^\.holdfast-.*temp$|^uploads\/.*\.file$/ });
    await rejectsWith(() => save(bytes), 'size_mismatch');
    expect(await server.residue()).toEqual([]);
  });

  test('about the size is found out', async () => {
    server.faults.set({ fault: { kind: 'size', size: 7 }, method: 'PROPFIND' });
    await rejectsWith(() => save(SMALL, { proof: NEVER }).then(() => save(LONG)), 'size_mismatch');
  });

  test('by saying yes before it has all bytes is not believed', async () => {
    server.faults.set({ fault: { kind: 'early ok' }, method: 'PUT' });
    await rejectsWith(() => save(LONG), 'unavailable', 'size_mismatch', 'checksum_mismatch', 'invalid_location');
    server.faults.set();
    await save(LONG);
    sameBytes(await contents(location, 'a.bin'), LONG, 'stored afterwards');
  });

  test.each([[401, 'authentication_failed'], [403, 'permission_denied'], [413, 'size_limit_exceeded'], [423, 'unavailable'], [429, 'rate_limited'], [503, 'unavailable'], [507, 'out_of_space']] as const)('or refuses with %i is told so, and the password is not', async (status, code) => {
    server.faults.set({ fault: { kind: 'status', status, body: `no room for ${server.options.password}` }, method: 'PUT', path: /^\.holdfast-.*temp$/ });
    const error = await rejectsWith(() => save(SMALL), code);
    expect(error.message).toContain('no room for ***');
    expect(error.message).not.toContain(server.options.password);
    expect(await server.residue()).toEqual([]);
  });
});

test('a quota (fixture) is told as space and refused as full, in one request and in chunks', async () => {
  await start({ product: 'Nextcloud', capacity: 8 * MIB });
  expect(await location.space()).toEqual({ available: 8 * MIB, used: 12345 });
  await rejectsWith(() => save(LONG), 'out_of_space');
  expect(await server.residue()).toEqual([]);
  server.options.capacity = Number.POSITIVE_INFINITY;
  expect(await location.space()).toEqual({ available: null, used: 12345 });
});

describe('a listing that lies (fixture)', () => {
  beforeEach(() => start({ product: 'plain' }));

  const entry = (href: string, size = 1) => `<d:response><d:href>${href}</d:href><d:propstat><d:prop><d:resourcetype/><d:getcontentlength>${size}</d:getcontentlength></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`;
  const lie = (...entries: readonly string[]) => server.faults.set({ fault: { kind: 'listing', body: `<d:multistatus xmlns:d="DAV:"><d:response><d:href>/dav/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>${entries.join('')}</d:multistatus>` } });
  const names = async () => (await listed(location, '')).map(({ name }) => name);

  test('with names that leave the folder, are none, or come twice shows the good ones once', async () => {
    lie(
      entry('/dav/good.bin'), entry('/dav/good.bin', 2), entry('/dav/%67ood.bin', 3),
      entry('/dav/../escape.bin'), entry('/dav/%2e%2e/escape.bin'), entry('/dav/..'), entry('/etc/passwd'), entry('/dav/sub/inner.bin'), entry('/dav2/a.bin'),
      entry('/dav/nul%00.bin'), entry('/dav/a%2Fb'), entry('/dav/%ff.bin'), entry(`/dav/${'n'.repeat(10_000)}`), entry('/dav/%F0%9F%93%B7%1B%5B31mred'),
      entry('http://elsewhere.invalid/dav/other.bin'), entry('javascript:alert(1)'), entry(''), '<d:response/>', '<d:response><d:status>HTTP/1.1 200 OK</d:status></d:response>',
    );
    expect(await names()).toEqual(['good.bin', '\u{1f4f7}\u001b[31mred']);
    expect((await listed(location, ''))[0]?.size).toBe(1);
  });

  test('of another address altogether is an error, not an empty folder', async () => {
    server.faults.set({ fault: { kind: 'listing', body: `<d:multistatus xmlns:d="DAV:">${entry('/inner/dav/')}${entry('/inner/dav/a.bin')}</d:multistatus>` } });
    const error = await rejectsWith(() => listed(location, ''), 'unsupported');
    expect(error.message).toContain('/inner/dav/');
  });

  test.each([
    ['an entity bomb', '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><d:multistatus xmlns:d="DAV:">&b;</d:multistatus>', 'unexpected'],
    ['a web page', '<!DOCTYPE html><html><body>Sign in</body></html>', 'unexpected'],
    ['nothing', '', 'unavailable'],
    ['a piece', '<d:multistatus xmlns:d="DAV:"><d:response><d:href>/dav/a', 'unavailable'],
    ['a name without end', `<d:multistatus xmlns:d="DAV:"><d:response><d:href>/dav/${'n'.repeat(2_000_000)}</d:href></d:response></d:multistatus>`, 'unexpected'],
    ['no text', Buffer.alloc(100_000, 0xff), 'unexpected'],
  ] as const)('that is %s is an error', async (_what, body, code) => {
    server.faults.set({ fault: { kind: 'listing', body } });
    await rejectsWith(() => listed(location, ''), code);
  });

  test('of itself again and again below itself comes to an end', async () => {
    lie(entry('/dav/'), entry('/dav'), `<d:response><d:href>/dav/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype></d:prop></d:propstat></d:response>`.repeat(3));
    await rejectsWith(() => listed(location, ''), 'invalid_location');
    lie('<d:response><d:href>/dav/loop/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype></d:prop></d:propstat></d:response>');
    expect(await names()).toEqual(['loop']);
    expect(await listed(location, 'loop').catch(() => [])).toEqual([]);
  });

  test('does not show our own temporary files', async () => {
    await store(location, 'a.bin', SMALL);
    const handle = await location.file('b.bin')['getSaveStream']({ overwrite: true, size: LONG.length });
    handle.stream.write(LONG.subarray(0, 2 * MIB));
    expect(await names()).toEqual(['a.bin']);
    handle.stream.destroy();
    await handle.abort();
    lie(entry('/dav/.holdfast-abcdef-1-0123456789ab.temp'), entry('/dav/.holdfast-abcdef-1-0123456789ab.kept'), entry('/dav/a.bin'));
    expect(await names()).toEqual(['a.bin']);
  });

  test('of thirty thousand files comes in pages', async () => {
    lie(...Array.from({ length: 30_000 }, (_, at) => entry(`/dav/f${at}`)));
    let pages = 0;
    let files = 0;
    for await (const page of location.list('')) {
      pages += 1;
      files += page.length;
    }
    expect(files).toBe(30_000);
    expect(pages).toBeGreaterThan(30);
  });
});

test('addresses with a host are understood, whatever the port', async () => {
  await start({ product: 'plain', hrefHost: '127.0.0.1:9' });
  await store(location, 'caf\u00e9 100%.bin', SMALL);
  expect((await listed(location, '')).map(({ name }) => name)).toEqual(['caf\u00e9 100%.bin']);
});

describe('what is said of the server (fixture)', () => {
  const lines = async () => (await location.probe()).lines.map(({ ok, text }) => `${ok ? '+' : '-'} ${text}`);

  test('names the product and its ways', async () => {
    await start({ product: 'Nextcloud' });
    expect(await lines()).toContain('+ It is Nextcloud 31.0.2.');
    expect(await lines()).toContain('+ Uploads that are cut go on: large files are sent in chunks.');
  });

  test.each([[7200 * 13, 'ahead of'], [-3600, 'behind']])('tells of a clock that is %i s off', async (seconds, word) => {
    await start({ product: 'plain', clockAhead: seconds });
    expect((await lines()).some((line) => line.startsWith('- The server’s clock is') && line.includes(word))).toBe(true);
  });

  test('a token signs in without a name', async () => {
    await start({ product: 'ownCloud', password: 'tok-123' });
    const other = await connectTo(server, { options: { user: '' } });
    await store(other, 'a.bin', SMALL);
    await other.close();
    await rejectsWith(() => connectTo(server, { options: { user: '' }, secret: 'wrong' }), 'authentication_failed');
  });
});
