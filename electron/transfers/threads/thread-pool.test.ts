import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StorageError } from '../../../shared/storage/errors.ts';
import { DEFAULT_PROOF_POLICY } from '../../../shared/storage/evidence.ts';
import type { LocationConfig } from '../../../shared/storage/location.ts';
import type { Progress } from '../../../shared/transfers/transfer.ts';
import { BUILT_IN_BACKENDS } from '../../storage/built-in.ts';
import type { ConnectedPlace } from '../../storage/connected-place.ts';
import type { Network } from '../../storage/network/proxy.ts';
import { SUSPENDED } from '../../storage/operation-options.ts';
import { loadPlugins } from '../../storage/plugins/load-plugins.ts';
import { Registry } from '../../storage/registry.ts';
import type { StorageLocation } from '../../storage/storage-location.ts';
import { UPLOADS_OF_THREADS } from '../../storage/uploads-of-threads.ts';
import { Bandwidth } from '../bandwidth.ts';
import type { Job, JobResult } from '../job.ts';
import { until } from '../queue-fixture.ts';
import type { RunHandlers } from '../runner.ts';
import { ThreadPool } from './thread-pool.ts';

const BUILT = join(import.meta.dirname, '../../../node_modules/.cache/holdfast-test', `transfer-thread-${process.pid}`);
/** as many bytes as keep a thread busy; none of them are there */
const LARGE = 64 * 1024 * 1024;
const FIXTURE = join(import.meta.dirname, 'odd-backend.fixture.js');

let folder: string;
let sources: string;
let pool: ThreadPool;
let registry: Registry;
let asked: string[];
let changes: Partial<ConnectedPlace>;
let connections: Map<string, Promise<StorageLocation>>;

beforeAll(async () => {
  await build({
    configFile: false, logLevel: 'error',
    build: { ssr: join(import.meta.dirname, 'odd-thread.fixture.ts'), outDir: BUILT, emptyOutDir: true, target: 'node20', rollupOptions: { external: [/sshcrypto\.node$/, 'cpu-features', 'libsql'], output: { entryFileNames: 'thread.mjs' } } },
  });
});
afterAll(() => rm(BUILT, { recursive: true, force: true }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-threads-'));
  sources = join(folder, 'sources');
  const plugin = join(folder, 'plugins', 'holdfast-odd');
  for (const each of [sources, join(folder, 'stored'), plugin]) await mkdir(each, { recursive: true });
  await writeFile(join(plugin, 'package.json'), JSON.stringify({ name: 'holdfast-odd', version: '1.0.0', type: 'module', holdfast: { apiVersion: 1, backends: { odd: './odd.js' } } }));
  await writeFile(join(plugin, 'odd.js'), await readFile(FIXTURE));
  asked = [];
  changes = {};
  connections = new Map();
  registry = new Registry(BUILT_IN_BACKENDS);
  await loadPlugins({ folder: join(folder, 'plugins'), enabled: new Set(['holdfast-odd']), registry });
  pool = newPool(2);
});
afterEach(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

const NETWORK: Network = {
  proxyFor: (url) => {
    asked.push(url);
    return url.includes('broken') ? Promise.reject(new StorageError('invalid_config', 'the proxy settings are broken')) : Promise.resolve(null);
  },
};

function newPool(size: number): ThreadPool {
  return new ThreadPool({ url: pathToFileURL(join(BUILT, 'thread.mjs')), pluginFolder: join(folder, 'plugins'), enabledPlugins: ['holdfast-odd'], network: NETWORK, size, memory: 64, bandwidth: new Bandwidth(), connect, placeOf });
}

function configOf(locationId: string): LocationConfig {
  const [backend = ''] = locationId.split('-');
  return { id: locationId, name: locationId, backend, uri: backend === 'local' ? join(folder, 'stored') : `odd:///${locationId}`, options: {}, secret: { kind: 'none' }, proof: DEFAULT_PROOF_POLICY, sizeLimit: null };
}

async function connect(locationId: string) {
  const config = configOf(locationId);
  const known = connections.get(locationId) ?? registry.get(config.backend).connect({ ...config, secret: null, network: NETWORK });
  connections.set(locationId, known);
  return { config, location: await known };
}

async function placeOf(locationId: string): Promise<ConnectedPlace> {
  const { config, location } = await connect(locationId);
  const { uri, options, proof, sizeLimit } = config;
  return { config, connect: { uri, options, secret: 'the secret', proof, sizeLimit, findings: location.findings }, generation: 1, threads: true, connections: location.connections, ...changes };
}

function jobFor(locationId: string, name: string, size = 0): Job {
  return { batchId: 'batch', direction: 'upload', kind: 'file', locationId, size, source: join(sources, name), destination: name, root: '', conflict: 'overwrite', interrupted: false, published: false, options: {}, leftover: null, known: null };
}

interface Seen {
  readonly progress: Progress[];
  readonly rungs: string[];
}

function handlers(signal = new AbortController().signal): RunHandlers & Seen {
  const seen: Seen = { progress: [], rungs: [] };
  return { ...seen, signal, onProgress: (progress) => seen.progress.push(progress), onRung: (rung) => seen.rungs.push(rung), onLeftover: () => undefined };
}

async function upload(locationId: string, name: string, with_: RunHandlers = handlers(), size = 0): Promise<JobResult> {
  await writeFile(join(sources, name), name);
  return pool.run(jobFor(locationId, name, size), with_);
}

function begun(name: string): Promise<true> {
  return until(() => access(join(sources, `${name}.begun`)).then(() => true as const, () => null));
}

/** The odd backend tells by the URI of a stored file which thread stored it; 0 is main. */
function threadOf(result: JobResult): string {
  if (result.kind !== 'stored') throw new Error(JSON.stringify(result));
  return new URL(result.destination.uri).searchParams.get('thread') ?? 'none';
}

describe('a job in a thread', () => {
  test('stores and proves, and tells of its progress and its rungs up to the last byte', async () => {
    const bytes = Buffer.alloc(5 * 1024 * 1024, 7);
    await writeFile(join(sources, 'large'), bytes);
    const seen = handlers();
    const result = await pool.run(jobFor('local', 'large'), seen);
    expect(result).toMatchObject({ kind: 'stored', size: bytes.length, evidence: [{ level: 0 }, { level: 3 }] });
    expect(bytes.equals(await readFile(join(folder, 'stored', 'large')))).toBe(true);
    expect(seen.rungs).toEqual(['size only', 'read back']);
    expect(seen.progress.at(-1)).toEqual({ bytes: bytes.length, total: bytes.length });
  });

  test('a failure is the result that main would give', async () => {
    expect(await pool.run(jobFor('local', 'nowhere'), handlers())).toMatchObject({ kind: 'failed', error: { code: 'not_found', context: { side: 'source' } } });
  });

  test('gets the secret and asks main for the proxy', async () => {
    expect(threadOf(await upload('odd-proxy', 'a'))).not.toBe('0');
    expect(asked).toContain('odd:///odd-proxy?secret=the%20secret');
  });

  test('is canceled, and suspended with the difference kept', async () => {
    const abort = new AbortController();
    const running = upload('odd-waits', 'canceled', handlers(abort.signal));
    await begun('canceled');
    abort.abort();
    expect(await running).toMatchObject({ kind: 'failed', error: { code: 'canceled' } });
    const suspend = new AbortController();
    const other = upload('odd-waits', 'suspended', handlers(suspend.signal));
    await begun('suspended');
    suspend.abort(SUSPENDED);
    expect(await other).toMatchObject({ kind: 'failed', error: { code: 'canceled' } });
    expect(await readFile(join(sources, 'canceled.end'), 'utf8')).toBe('aborted');
    expect(await readFile(join(sources, 'suspended.end'), 'utf8')).toBe(SUSPENDED.message);
  });
});

describe('the pool', () => {
  test('uses another thread only when those that are there are busy', async () => {
    expect(new Set([threadOf(await upload('odd', 'one')), threadOf(await upload('odd', 'two'))]).size).toBe(1);
    const few = await Promise.all(Array.from({ length: 6 }, (_, number) => upload('odd-slow', `few${number}`)));
    expect(new Set(few.map(threadOf)).size).toBe(1);
    const large = await Promise.all(Array.from({ length: 2 }, (_, number) => upload('odd-slow', `large${number}`, handlers(), LARGE)));
    expect(new Set(large.map(threadOf)).size).toBe(2);
    const many = await Promise.all(Array.from({ length: 40 }, (_, number) => upload('odd-slow', `many${number}`)));
    expect(new Set(many.map(threadOf)).size).toBe(2);
  });

  test('keeps jobs with one destination in one thread', async () => {
    await writeFile(join(sources, 'same'), 'same');
    const results = await Promise.all([...Array.from({ length: 4 }, () => pool.run(jobFor('odd-slow', 'same', LARGE), handlers())), ...Array.from({ length: 4 }, (_, number) => upload('odd-slow', `other${number}`, handlers(), LARGE))]);
    expect(new Set(results.slice(0, 4).map(threadOf)).size).toBe(1);
    expect(new Set(results.map(threadOf)).size).toBe(2);
  });

  test('stays in main where connections share memory, or where only one is allowed', async () => {
    changes = { threads: false };
    expect(threadOf(await upload('odd', 'a'))).toBe('0');
    changes = { connections: 1 };
    expect(threadOf(await upload('odd', 'b'))).toBe('0');
    changes = { connections: 2 };
    expect(threadOf(await upload('odd', 'c'))).not.toBe('0');
  });

  test('shares out the connections of a place', async () => {
    changes = { connections: 9 };
    const results = await Promise.all(Array.from({ length: 6 }, (_, number) => upload('odd-slow', `shared${number}`, handlers(), LARGE)));
    expect(new Set(results.map(threadOf)).size).toBe(2);
    for (const result of results) expect(result.kind === 'stored' && new URL(result.destination.uri).searchParams.get('connections')).toBe('4');
  });

  test('uses the connection of main where a server lets no thread in', async () => {
    expect(threadOf(await upload('odd-mainonly', 'a'))).toBe('0');
    expect(threadOf(await upload('odd-mainonly', 'b'))).toBe('0');
    expect((await readFile(join(folder, 'refused'), 'utf8')).length).toBe(1);
  });

  test('connects again when main did', async () => {
    const first = await upload('odd', 'a');
    changes = { generation: 2 };
    const second = await upload('odd', 'b');
    const connection = (result: JobResult) => result.kind === 'stored' && new URL(result.destination.uri).searchParams.get('connection');
    expect(connection(first)).not.toBe(connection(second));
    expect(connection(await upload('odd', 'c'))).toBe(connection(second));
  });

  test('what main cannot connect to fails as it would there', async () => {
    expect(await upload('nosuch', 'a')).toMatchObject({ kind: 'failed', error: { code: 'invalid_config' } });
  });
});

describe('a thread that dies', () => {
  test('ends its jobs as interrupted ones that are tried again, and the next job has a new one', async () => {
    const beside = upload('odd-slow', 'beside');
    const result = await upload('odd-exits', 'a');
    expect(result).toMatchObject({ kind: 'failed', interrupted: true, error: { code: 'unavailable', retryable: true } });
    expect(await beside).toMatchObject({ kind: 'failed', interrupted: true });
    expect(threadOf(await upload('odd', 'b'))).not.toBe('0');
  });

  test('whose memory is at its end takes nothing else with it', async () => {
    expect(await upload('odd-hoards', 'a')).toMatchObject({ kind: 'failed', interrupted: true, error: { code: 'unavailable' } });
    expect(threadOf(await upload('odd', 'b'))).not.toBe('0');
  });

  test('leaves the uploads that it was at work on to be gone on with', async () => {
    const news: string[] = [];
    await upload('odd-begins', 'a');
    expect(UPLOADS_OF_THREADS.isActiveElsewhere('odd upload a')).toBe(true);
    news.push(UPLOADS_OF_THREADS.stateOf('odd upload a') ?? 'none');
    await upload('odd-exits', 'b');
    news.push(UPLOADS_OF_THREADS.stateOf('odd upload a') ?? 'none');
    expect(news).toEqual(['active', 'kept']);
  });
});
