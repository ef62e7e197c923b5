import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { evidenceLevel } from '../../../../shared/storage/evidence.ts';
import { hashStream } from '../../../integrity/hash.ts';
import type { ResumeOptions, SaveResult } from '../../storage-backend.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { MIB, contents, listed, pattern, rejectsWith, sameBytes, sourceOf, store } from '../../testing/subject.ts';
import { PART_SIZE } from './part-plan.ts';
import { SwiftOwner, type SwiftUser, connectSwift, leftOver } from './swift-harness.ts';

const PATH = 'film.mov';
/** The long run takes gigabytes. */
const SIZE = Number(process.env['HOLDFAST_LARGE'] ?? 64 * MIB);

/** What of a fault proxy is used here. */
export interface Proxy {
  readonly port: number;
  readonly total: { readonly up: number };
  set(rules: { readonly up?: { readonly flipAt?: number; readonly stallAfter?: number }; readonly loseAnswer?: boolean; readonly match?: string; readonly times?: number; readonly refuse?: boolean }): void;
  clear(): void;
  cutAll(): void;
  stop(): Promise<void>;
}

/** As many bytes as asked for, without holding them. */
function source(): Readable {
  const block = pattern(16 * MIB, 21);
  return Readable.from(
    (function* pieces() {
      for (let at = 0; at < SIZE; at += MIB) yield block.subarray(at % block.length, (at % block.length) + Math.min(MIB, SIZE - at));
    })(),
    { objectMode: false },
  );
}

/** As the transfers do: connections that were cut may be noticed only when they are used. */
async function triedAgain<T>(action: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await action();
    } catch (error) {
      if (tries === 3 || !(error instanceof StorageError) || !error.retryable) throw error;
    }
  }
}

/** The line between Holdfast and the server goes wrong. */
export function describeFaults(server: () => SwiftUser, startProxy: (target: number) => Promise<Proxy>): void {
  describe('when the line goes wrong', () => {
    let owner: SwiftOwner;
    let container: string;
    let proxy: Proxy;
    let location: StorageLocation;
    let throughProxy: SwiftUser;

    beforeEach(async () => {
      owner = await SwiftOwner.signIn(server());
      container = `faults-${randomUUID()}`;
      await owner.make(container);
      const { port } = new URL(server().authUrl);
      proxy = await startProxy(Number(port));
      throughProxy = { ...server(), authUrl: server().authUrl.replace(`:${port}/`, `:${proxy.port}/`) };
      location = await connectSwift(throughProxy, container, { timeout: 5 });
    });
    afterEach(async () => {
      proxy.clear();
      await location.close();
      await proxy.stop();
    });

    const save = (resume: ResumeOptions): Promise<SaveResult> => location.file(PATH).save(source(), { size: SIZE, resume });

    test.each([10, 50, 99])('an upload that was cut at %i percent goes on, and little is sent twice', async (percent) => {
      let token: string | null = null;
      const keep = (kept: string): void => {
        token = kept;
      };
      const before = proxy.total.up;
      const sent = (): number => proxy.total.up - before;
      const cutter = (async () => {
        while (sent() < (SIZE * percent) / 100) await sleep(1);
        proxy.cutAll();
      })();
      await rejectsWith(() => save({ token: null, keep }), 'unavailable');
      await cutter;
      const { resumed, evidence } = await triedAgain(() => save({ token, keep }));
      if (percent > 10) expect(resumed?.offset).toBeGreaterThanOrEqual((SIZE * percent) / 100 - 3 * PART_SIZE);
      expect(evidenceLevel(evidence)).toBe(2);
      expect(sent() - SIZE).toBeLessThan(2 * PART_SIZE + SIZE * 0.02);
      expect(await hashStream(await location.file(PATH).open(), ['sha256'])).toEqual(await hashStream(source(), ['sha256']));
      expect(await leftOver(owner, container)).toEqual([PATH]);
    });

    test('a byte of a small upload that is changed on the way is seen, and nothing is stored', async () => {
      proxy.set({ up: { flipAt: 50_000 }, times: 1 });
      await rejectsWith(() => store(location, PATH, pattern(100_000, 3)), 'checksum_mismatch');
      proxy.clear();
      expect(await leftOver(owner, container)).toEqual([]);
    });

    test('a byte of a large upload that is changed on the way is seen, and the old file stays', async () => {
      await store(location, PATH, pattern(1000));
      proxy.set({ up: { flipAt: 50_000 }, times: 1 });
      await rejectsWith(() => store(location, PATH, pattern(20 * MIB, 3)), 'checksum_mismatch');
      proxy.clear();
      sameBytes(await contents(location, PATH), pattern(1000), 'the old file');
      expect(await leftOver(owner, container)).toEqual([PATH]);
    });

    test.each([['small', 100_000], ['large', 20 * MIB]])('a line that stalls during a %s upload is given up', async (_, size) => {
      await location.close();
      location = await connectSwift(throughProxy, container, { timeout: 0.5 });
      proxy.set({ up: { stallAfter: 70_000 } });
      const error = await rejectsWith(() => store(location, PATH, pattern(size)), 'unavailable');
      expect(error.message).toMatch(/silent|took no bytes/);
      proxy.clear();
      await store(location, PATH, pattern(10));
    });

    test.each([['small', 100_000, 'PUT /'], ['large', 20 * MIB, 'multipart-manifest=put']])('a %s file whose last answer is lost is found to be there', async (_, size, match) => {
      proxy.set({ loseAnswer: true, match, times: 1 });
      const { evidence } = await location.file(PATH).save(sourceOf(pattern(size, 4)), { size });
      expect(evidenceLevel(evidence)).toBeGreaterThanOrEqual(2);
      proxy.clear();
      sameBytes(await contents(location, PATH), pattern(size, 4), 'the file');
      expect(await leftOver(owner, container)).toEqual([PATH]);
    });

    test('a download of which the line is cut never ends as if it were whole', async () => {
      await store(location, PATH, pattern(20 * MIB));
      const stream = await location.file(PATH).open();
      let seen = 0;
      await expect(async () => {
        for await (const chunk of stream) {
          seen += (chunk as Buffer).length;
          if (seen > MIB) proxy.cutAll();
        }
      }).rejects.toThrow();
      expect(seen).toBeLessThan(20 * MIB);
    });

    test('a server that refuses connections is not reachable', async () => {
      proxy.set({ refuse: true });
      proxy.cutAll();
      await rejectsWith(() => listed(location, ''), 'unavailable');
      await rejectsWith(() => connectSwift(throughProxy, container), 'unavailable');
    });
  });

  describe('an address or an account that is wrong', () => {
    const withContainer = async (): Promise<string> => {
      const name = `wrong-${randomUUID()}`;
      await (await SwiftOwner.signIn(server())).make(name);
      return name;
    };

    test('a wrong key, an unknown user, a missing container and a place that is no sign-in are told apart', async () => {
      const container = await withContainer();
      const wrong = await rejectsWith(() => connectSwift({ ...server(), key: 'not-the-key' }, container), 'authentication_failed');
      expect(wrong.message).not.toContain('not-the-key');
      await rejectsWith(() => connectSwift({ ...server(), user: 'nobody:nowhere' }, container), 'authentication_failed');
      const missing = await rejectsWith(() => connectSwift(server(), 'no-such-container'), 'not_found');
      expect(missing.message).toContain('no-such-container');
      await rejectsWith(() => connectSwift({ ...server(), authUrl: `${new URL(server().authUrl).origin}/nothing/here` }, container, { authVersion: 'v1' }), 'invalid_config', 'authentication_failed', 'not_found');
      await rejectsWith(() => connectSwift({ ...server(), authUrl: 'http://no-such-host.invalid/auth/v1.0' }, container), 'unavailable');
    });

    test('the probe leaves nothing, also when it is canceled', async () => {
      const container = await withContainer();
      const owner = await SwiftOwner.signIn(server());
      await (await connectSwift(server(), container)).close();
      expect(await owner.names(container)).toEqual([]);
      expect((await owner.ask('HEAD', `${container}_segments`)).status).toBe(404);
    });
  });
}
