import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { startOpenStackSwift } from '../../../../e2e/servers/real/openstack-swift.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { type FrontAnswer, type Meddle, SwiftFront } from '../../../../e2e/servers/swift-front.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { evidenceLevel } from '../../../../shared/storage/evidence.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { MIB, contents, listed, pattern, rejectsWith, sameBytes, sourceOf, store } from '../../testing/subject.ts';
import { SwiftOwner, type SwiftUser, connectSwift, leftOver } from './swift-harness.ts';

const PATH = 'file.bin';
const NAME = /\/(file|film)\.(bin|mov)(\?|$)/;
const BYTES = pattern(100_000, 5);
const LARGE = pattern(40 * MIB, 6);

/** Other features than the real server has. */
function withInfo(change: (info: Record<string, Record<string, unknown>>) => void): Meddle {
  return ({ url }) => (url === '/info' ? { receive: (answer) => ({ ...answer, body: changed(answer, change) }) } : null);
}

function changed({ body }: Required<FrontAnswer>, change: (info: Record<string, Record<string, unknown>>) => void): string {
  const info = JSON.parse(body.toString()) as Record<string, Record<string, unknown>>;
  change(info);
  return JSON.stringify(info);
}

describeServer('swift', () => {
  const server = useServer(startOpenStackSwift);
  let owner: SwiftOwner;
  let container: string;
  let front: SwiftFront;
  let user: SwiftUser;
  let location: StorageLocation;

  beforeEach(async () => {
    owner = await SwiftOwner.signIn(server().swift.rw);
    container = `lying-${randomUUID()}`;
    await owner.make(container);
    front = await SwiftFront.start(server().endpoint);
    const { rw } = server().swift;
    user = { ...rw, authUrl: front.address(rw.authUrl) };
  });
  afterEach(async () => {
    await location.close();
    await front.stop();
  });

  async function open(meddle: Meddle = () => null): Promise<void> {
    front.meddle = meddle;
    location = await connectSwift(user, container, { timeout: 5 });
  }

  describe('a server with other features (a fixture before the real one)', () => {
    test('without segments large files go in one stream, which cannot go on', async () => {
      await open(withInfo((info) => delete info['slo']));
      expect(location.capabilities).toMatchObject({ resume: false, maximumSize: 5368709122 });
      await store(location, PATH, BYTES);
      const { evidence } = await location.file(PATH).save(sourceOf(LARGE), { size: LARGE.length });
      expect(evidence.map(({ level, algorithm, parts }) => ({ level, algorithm, parts }))).toEqual([{ level: 2, algorithm: 'md5', parts: undefined }]);
      sameBytes(await contents(location, PATH), LARGE, 'the file');
      await rejectsWith(() => location.file(PATH).save(sourceOf(BYTES), { overwrite: false }), 'already_exists');
      const failing = Readable.from(
        (async function* pieces() {
          yield LARGE.subarray(0, 20 * MIB);
          await Promise.reject(new StorageError('unavailable', 'The line was cut.'));
        })(),
        { objectMode: false },
      );
      await rejectsWith(() => location.file(PATH).save(failing, { size: LARGE.length }), 'unavailable');
      sameBytes(await contents(location, PATH), LARGE, 'the old file');
      expect(await leftOver(owner, container)).toEqual([PATH]);
    });

    test('with few segments they are so large that they are streamed, and an upload goes on with them', async () => {
      await open(withInfo((info) => (info['slo'] = { max_manifest_segments: 2 })));
      const cut = () => Readable.from(cutAt(LARGE, 30 * MIB), { objectMode: false });
      let token: string | null = null;
      const keep = (kept: string): void => {
        token = kept;
      };
      await rejectsWith(() => location.file(PATH).save(cut(), { size: LARGE.length, resume: { token: null, keep } }), 'unavailable');
      const other = pattern(LARGE.length, 7);
      const mixed = await rejectsWith(() => location.file(PATH).save(sourceOf(other, MIB), { size: other.length, resume: { token, keep } }), 'unavailable');
      expect(mixed.context['startOver']).toBe(true);
      expect(await leftOver(owner, container)).toEqual([]);

      await rejectsWith(() => location.file(PATH).save(cut(), { size: LARGE.length, resume: { token, keep } }), 'unavailable');
      const { resumed, evidence } = await location.file(PATH).save(sourceOf(LARGE, MIB), { size: LARGE.length, resume: { token, keep } });
      expect(resumed).toMatchObject({ offset: 20 * MIB, proof: 'part digests' });
      expect(evidence.map(({ level, parts }) => ({ level, parts }))).toEqual([{ level: 0, parts: undefined }, { level: 2, parts: 2 }]);
      sameBytes(await contents(location, PATH), LARGE, 'the file');
      expect(await leftOver(owner, container)).toEqual([PATH]);
    });

    test('that never tells an MD5 is read back', async () => {
      await open(({ method }) => (method === 'PUT' || method === 'HEAD' ? { receive: ({ headers: { etag: _etag, ...headers }, ...answer }) => ({ ...answer, headers }) } : null));
      expect(location.capabilities.serverDigest).toEqual([]);
      const { evidence } = await location.file(PATH).save(sourceOf(BYTES), { size: BYTES.length });
      expect(evidenceLevel(evidence)).toBe(3);
    });

    test('that echoes the MD5 it is told, whatever it gets, is not believed', async () => {
      // It stores what it got without looking, and says what it was told.
      await open(({ method, headers: { etag } }) => (method === 'PUT' && typeof etag === 'string' ? { headers: { etag: undefined }, receive: (answer) => ({ ...answer, headers: { ...answer.headers, etag } }) } : null));
      const lines = (await location.probe()).lines.filter(({ ok }) => !ok).map(({ text }) => text);
      expect(lines).toContain('It takes bytes whose MD5 is another one than was announced.');
      const { evidence } = await location.file(PATH).save(sourceOf(BYTES), { size: BYTES.length });
      expect(evidence.some(({ level }) => level === 1)).toBe(false);
      front.meddle = ({ method, url }) => (method === 'PUT' && NAME.test(url) ? { send: flipped } : null);
      await rejectsWith(() => store(location, PATH, BYTES), 'checksum_mismatch');
    });
  });

  describe('a server that lies (a fixture before the real one)', () => {
    const onFile = (method: string, meddling: ReturnType<Meddle>): void => {
      front.meddle = (request) => (request.method === method && NAME.test(request.url) ? meddling : null);
    };

    test('and says early that a small file is stored is found out', async () => {
      await open();
      onFile('PUT', { answer: { status: 201 }, early: true });
      await rejectsWith(() => store(location, PATH, BYTES), 'not_found', 'unavailable');
    });

    test('and stores other bytes, or too few, is found out', async () => {
      await open();
      for (const send of [flipped, (body: Buffer) => body.subarray(0, -1)]) {
        onFile('PUT', { send, headers: { etag: undefined } });
        const error = await rejectsWith(() => store(location, PATH, BYTES), 'checksum_mismatch', 'size_mismatch');
        expect(error.context['expected']).toBe(`md5:${createHash('md5').update(BYTES).digest('hex')}`);
      }
      expect(await owner.names(container)).toEqual([]);
    });

    test('and makes no file, or a shorter one, of the segments is found out', async () => {
      await open();
      onFile('PUT', { answer: { status: 201 } });
      await rejectsWith(() => store(location, 'film.mov', LARGE), 'not_found');
      expect(await leftOver(owner, container)).toEqual([]);
      onFile('PUT', { send: (body) => Buffer.from(JSON.stringify((JSON.parse(body.toString()) as unknown[]).slice(1))) });
      await rejectsWith(() => store(location, 'film.mov', LARGE), 'size_mismatch');
      expect(await leftOver(owner, container)).toEqual([]);
    });

    test('and stores a segment other than it was sent is found out before the old file is replaced', async () => {
      await open();
      await store(location, 'film.mov', BYTES);
      front.meddle = ({ method, url }) => (method === 'PUT' && url.endsWith('/00000002') ? { send: flipped, headers: { etag: undefined } } : null);
      await rejectsWith(() => store(location, 'film.mov', LARGE), 'checksum_mismatch');
      sameBytes(await contents(location, 'film.mov'), BYTES, 'the old file');
      expect(await leftOver(owner, container)).toEqual(['film.mov']);
    });

    test('and lists names that lead outside, are too long, or come twice, shows none of them', async () => {
      await open();
      const names = ['../up', '/etc/passwd', '..', '.', 'nul\0', 'n'.repeat(10_000), 'half \ud800', 'good.txt', 'good.txt', 'other/inner', 7, null];
      front.meddle = ({ method, url }) =>
        method === 'GET' && url.includes('delimiter') ? { answer: { status: 200, headers: { 'content-type': 'application/json' }, body: url.includes('marker=') ? '[]' : JSON.stringify([...names.map((name) => ({ name, bytes: 1, hash: 'x', content_type: 'text/plain' })), { subdir: '../' }, { subdir: '/' }, { subdir: 'good/' }, 'text', null]) } } : null;
      expect((await listed(location, '')).map(({ kind, name }) => `${kind} ${name}`)).toEqual(['file good.txt', 'folder good']);
      expect(await listed(location, 'elsewhere').catch((error: unknown) => (error as StorageError).code)).toBe('not_found');
    });

    test('and gives the same page again and again is left', async () => {
      await open();
      front.meddle = ({ method, url }) => (method === 'GET' && url.includes('delimiter') ? { answer: { status: 200, body: JSON.stringify([{ name: 'a', bytes: 1 }]) } } : null);
      await rejectsWith(() => listed(location, ''), 'unexpected');
      front.meddle = ({ method, url }) => (method === 'GET' && url.includes('delimiter') ? { answer: { status: 200, body: '<html>' } } : null);
      await rejectsWith(() => listed(location, ''), 'unexpected');
    });

    test('and lists what is not in the folder loses nothing by its removal', async () => {
      await open();
      await store(location, 'precious.txt', BYTES);
      await store(location, 'folder/a.txt', BYTES);
      front.meddle = ({ method, url }) => (method === 'GET' && url.includes('prefix=folder') && !url.includes('marker=') ? { receive: (answer) => ({ ...answer, body: JSON.stringify([{ name: 'precious.txt', bytes: 1 }, ...(JSON.parse(answer.body.toString()) as unknown[])]) }) } : null);
      await location.remove('folder', { recursive: true });
      expect(await owner.names(container)).toEqual(['precious.txt']);
    });

    test.each([
      [401, 'authentication_failed'],
      [403, 'permission_denied'],
      [429, 'rate_limited'],
      [498, 'rate_limited'],
      [503, 'unavailable'],
      [507, 'out_of_space'],
    ] as const)('and answers %i is understood', async (status, code) => {
      await open();
      onFile('PUT', { answer: { status, headers: { 'retry-after': '7' }, body: '<html><h1>No</h1></html>' } });
      const error = await rejectsWith(() => store(location, PATH, BYTES), code);
      expect(error.message).not.toContain('<');
    });
  });
});

function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
  return copy;
}

async function* cutAt(bytes: Buffer, at: number): AsyncGenerator<Uint8Array> {
  for await (const piece of sourceOf(bytes.subarray(0, at), MIB)) yield piece as Uint8Array;
  throw new StorageError('unavailable', 'The line was cut.');
}
