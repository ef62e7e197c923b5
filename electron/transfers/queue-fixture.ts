import { mkdir, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_PROOF_POLICY } from '../../shared/storage/evidence.ts';
import type { LocationConfig } from '../../shared/storage/location.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { localBackend } from '../storage/backends/local/definition.ts';
import type { BackendDefinition } from '../storage/backend-definition.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import type { Connected } from './job.ts';
import { TransferQueue, type TransferQueueOptions } from './transfer-queue.ts';

export const LOCATION_ID = 'loc';

/** For tests: a database, a folder of sources, and one location of any backend. */
export interface QueueFixture {
  readonly folder: string;
  readonly sources: string;
  readonly database: Database;
  readonly connect: (id: string) => Promise<Connected>;
  readonly location: StorageLocation;
  queue(options?: Partial<TransferQueueOptions>): TransferQueue;
  reopen(): Promise<QueueFixture>;
  close(): Promise<void>;
}

export async function openFixture(backend: BackendDefinition = localBackend, given?: string): Promise<QueueFixture> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'holdfast-queue-')));
  const database = await openDatabase({ folder: join(folder, 'data') });
  const uri = backend.uriIsFolder ? join(folder, 'stored') : 'memory:///';
  const config: LocationConfig = { id: LOCATION_ID, name: 'Archive', backend: backend.name, uri, options: {}, secret: { kind: 'none' }, proof: DEFAULT_PROOF_POLICY, sizeLimit: null };
  await mkdir(join(folder, 'sources'), { recursive: true });
  await mkdir(join(folder, 'stored'), { recursive: true });
  const location = await backend.connect({ ...config, secret: null });
  const connect = (): Promise<Connected> => Promise.resolve({ config, location });
  const queues: TransferQueue[] = [];
  return {
    folder,
    sources: join(folder, 'sources'),
    database,
    connect,
    location,
    queue: (options = {}) => {
      const queue = new TransferQueue({ database, connect, appVersion: '0.0.0-test', concurrency: 3, ...options });
      queues.push(queue);
      return queue;
    },
    reopen: async () => {
      await database.close();
      return openFixture(backend, folder);
    },
    close: async () => {
      for (const queue of queues) await queue.close().catch(() => undefined);
      await database.close().catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Every file below a folder by its path with `/`, folders with a slash at the end. */
export async function treeOf(folder: string, below = ''): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const entry = await stat(path);
    if (entry.isDirectory()) Object.assign(found, { [`${below}${name}/`]: '' }, await treeOf(path, `${below}${name}/`));
    else found[`${below}${name}`] = await readFile(path, 'latin1');
  }
  return found;
}

/** Asks again until there is an answer. */
export async function until<T>(ask: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    await sleep(5);
  }
}
