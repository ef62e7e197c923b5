import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Capabilities } from '../../shared/storage/capabilities.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import { DEFAULT_PROOF_POLICY } from '../../shared/storage/evidence.ts';
import { createMemoryBackend } from '../storage/backends/memory/definition.ts';
import type { SaveResult } from '../storage/storage-backend.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import type { Job } from './job.ts';
import { type Placed, placeFile } from './place-file.ts';

interface Attempt {
  readonly size?: number;
  readonly job?: Partial<Pick<Job, 'conflict' | 'interrupted' | 'published'>>;
  /** names that are taken before */
  readonly taken?: readonly string[];
  /** names that somebody takes after we looked */
  readonly race?: readonly string[];
  readonly capabilities?: Partial<Capabilities>;
  /** what lies there is the source */
  readonly same?: boolean;
  readonly save?: (path: string) => Promise<SaveResult>;
}

const connect = (capabilities: Partial<Capabilities> = {}): Promise<StorageLocation> =>
  createMemoryBackend({ capabilities }).connect({ uri: 'memory:///', options: {}, secret: null, proof: DEFAULT_PROOF_POLICY, sizeLimit: null });

async function attempt({ job, size = 100_000_000, taken = [], race = [], capabilities, same = false, save }: Attempt): Promise<{ readonly placed: Placed | StorageError; readonly contents: Readonly<Record<string, string>>; readonly sent: number; readonly stats: number }> {
  const location = await connect(capabilities);
  const put = (path: string, text: string, overwrite = true) => location.file(path).save(Readable.from([Buffer.from(text)]), { overwrite });
  for (const path of taken) await put(path, 'old');
  let sent = 0;
  let stats = 0;
  const stat = location.stat.bind(location);
  location.stat = (...asked) => {
    stats++;
    return stat(...asked);
  };
  const placed = await placeFile({
    job: { conflict: 'fail', interrupted: false, published: false, ...job },
    location, path: 'a.txt', size, signal: new AbortController().signal,
    save: async (path, overwrite) => {
      sent++;
      if (save !== undefined) return save(path);
      if (race.includes(path)) await put(path, 'somebody’s');
      return put(path, 'new', overwrite);
    },
    adopt: async (path) => (same ? put(path, 'old') : null),
  }).catch((error: unknown) => error as StorageError);
  const asked = stats;
  const contents: Record<string, string> = {};
  for await (const page of location.list('')) {
    for (const { path } of page) contents[path] = Buffer.concat(await (await location.file(path).open()).toArray()).toString();
  }
  return { placed, contents, sent, stats: asked };
}

test('a free name is taken, whatever the policy', async () => {
  for (const conflict of ['ask', 'skip', 'overwrite', 'rename', 'fail'] as const) {
    expect(await attempt({ job: { conflict } })).toMatchObject({ placed: { kind: 'stored', path: 'a.txt' }, contents: { 'a.txt': 'new' } });
  }
});

test('a storage that refuses taken names itself is not asked before a small file, and each policy still does what it says', async () => {
  const taken = ['a.txt'];
  const [small, asked] = [{ taken, size: 3 }, { taken, size: 3, capabilities: { noOverwrite: false } }];
  for (const [conflict, placed] of [['ask', { kind: 'conflict' }], ['skip', { kind: 'skipped' }], ['fail', { code: 'already_exists' }]] as const) {
    expect(await attempt({ ...small, job: { conflict } })).toMatchObject({ placed, contents: { 'a.txt': 'old' }, stats: 0 });
    expect(await attempt({ ...asked, job: { conflict } })).toMatchObject({ placed, contents: { 'a.txt': 'old' }, stats: 1, sent: 0 });
  }
  expect(await attempt({ ...small, job: { conflict: 'rename' } })).toMatchObject({ placed: { path: 'a (2).txt' }, contents: { 'a.txt': 'old', 'a (2).txt': 'new' } });
  expect(await attempt({ ...small, job: { conflict: 'fail', interrupted: true }, same: true })).toMatchObject({ placed: { kind: 'stored' }, sent: 0 });
});

test('a taken name: each policy does what it says, without sending a byte in vain', async () => {
  const taken = ['a.txt'];
  expect(await attempt({ taken, job: { conflict: 'ask' } })).toMatchObject({ placed: { kind: 'conflict' }, contents: { 'a.txt': 'old' }, sent: 0 });
  expect(await attempt({ taken, job: { conflict: 'skip' } })).toMatchObject({ placed: { kind: 'skipped' }, contents: { 'a.txt': 'old' }, sent: 0 });
  expect(await attempt({ taken, job: { conflict: 'fail' } })).toMatchObject({ placed: { code: 'already_exists' }, contents: { 'a.txt': 'old' }, sent: 0 });
  expect(await attempt({ taken, job: { conflict: 'overwrite' } })).toMatchObject({ placed: { kind: 'stored' }, contents: { 'a.txt': 'new' }, sent: 1 });
  expect(await attempt({ taken: ['a.txt', 'a (2).txt'], job: { conflict: 'rename' } })).toMatchObject({
    placed: { kind: 'stored', path: 'a (3).txt' }, contents: { 'a.txt': 'old', 'a (2).txt': 'old', 'a (3).txt': 'new' }, sent: 1,
  });
});

test('a name that somebody takes after we looked is never overwritten', async () => {
  const race = ['a.txt'];
  expect(await attempt({ race, job: { conflict: 'ask' } })).toMatchObject({ placed: { kind: 'conflict' }, contents: { 'a.txt': 'somebody’s' } });
  expect(await attempt({ race, job: { conflict: 'fail' } })).toMatchObject({ placed: { code: 'already_exists' }, contents: { 'a.txt': 'somebody’s' } });
  expect(await attempt({ race: ['a.txt', 'a (2).txt'], job: { conflict: 'rename' } })).toMatchObject({
    placed: { kind: 'stored', path: 'a (3).txt' }, contents: { 'a.txt': 'somebody’s', 'a (2).txt': 'somebody’s', 'a (3).txt': 'new' },
  });
});

test('a storage that cannot refuse to overwrite is asked before', async () => {
  const capabilities = { noOverwrite: false };
  expect(await attempt({ capabilities, taken: ['a.txt'], job: { conflict: 'fail' } })).toMatchObject({ placed: { code: 'already_exists' }, contents: { 'a.txt': 'old' }, sent: 0 });
  expect(await attempt({ capabilities, job: { conflict: 'fail' } })).toMatchObject({ placed: { kind: 'stored' }, contents: { 'a.txt': 'new' } });
});

test('after an interruption a file that is the source already is not sent again, under any policy', async () => {
  for (const conflict of ['ask', 'skip', 'overwrite', 'rename', 'fail'] as const) {
    expect(await attempt({ taken: ['a.txt'], same: true, job: { conflict, interrupted: true } })).toMatchObject({ placed: { kind: 'stored', path: 'a.txt' }, sent: 0 });
  }
});

test('after an interruption a file that is another one is treated by the policy where nothing torn can lie there, else the user is asked', async () => {
  const interrupted = { taken: ['a.txt'], job: { conflict: 'skip', interrupted: true } } as const;
  expect(await attempt(interrupted)).toMatchObject({ placed: { kind: 'skipped' } });
  expect(await attempt({ ...interrupted, capabilities: { atomicPublish: false } })).toMatchObject({ placed: { kind: 'conflict' }, contents: { 'a.txt': 'old' } });
});

test('what came from an earlier try of the same transfer may be replaced', async () => {
  expect(await attempt({ taken: ['a.txt'], job: { conflict: 'fail', published: true } })).toMatchObject({ placed: { kind: 'stored' }, contents: { 'a.txt': 'new' } });
});

test('a failure after the bytes got their real name tells which name that is', async () => {
  const save = () => Promise.reject(new StorageError('unavailable', 'gone', { context: { published: true } }));
  expect(await attempt({ save, taken: ['a.txt'], job: { conflict: 'rename' } })).toMatchObject({ placed: { code: 'unavailable', retryable: true, context: { published: true, publishedPath: 'a (2).txt' } } });
});

test('any other failure is not taken for a conflict', async () => {
  const save = () => Promise.reject(new StorageError('out_of_space', 'full'));
  expect(await attempt({ save, job: { conflict: 'skip' } })).toMatchObject({ placed: { code: 'out_of_space' } });
});
