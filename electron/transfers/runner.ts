import { DEFAULT_PROOF_POLICY } from '../../shared/storage/evidence.ts';
import type { LocationPath } from '../../shared/storage/path.ts';
import { parentPath } from '../../shared/storage/path.ts';
import type { Direction, Progress } from '../../shared/transfers/transfer.ts';
import type { Rung } from '../integrity/ladder.ts';
import { localBackend } from '../storage/backends/local/definition.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import type { Bandwidth } from './bandwidth.ts';
import type { Connected, Job, JobResult } from './job.ts';
import type { Leftover } from './leftover.ts';
import { perform } from './perform.ts';

/** How a job reaches the location that it names. */
export type Connect = (locationId: string) => Promise<Connected>;

export interface RunHandlers {
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
  onRung(rung: Rung): void;
  onLeftover(leftover: Leftover): void;
}

/** What a transfer that will not go on left at its destination. */
export interface Discarding {
  readonly direction: Direction;
  readonly locationId: string;
  readonly root: string;
  readonly leftover: Leftover;
}

/** Where the bytes move. Jobs, progress and results are plain data, so that this may be another thread. */
export interface Runner {
  /** Jobs will come soon: what takes a while to begin is begun. */
  prepare(): void;
  /** Never rejects: a failure is a result. */
  run(job: Job, handlers: RunHandlers): Promise<JobResult>;
  /** Removes what is left. */
  discard(left: Discarding): Promise<void>;
  /** Drops what was remembered for a batch. */
  forget(batchId: string): void;
  close(): Promise<void>;
}

/** Folders remembered as made, a batch; more are asked for again. */
const FOLDERS_REMEMBERED = 20_000;

/** A {@link Runner} in this thread that is told with each job how to connect. */
export interface Mover extends Pick<Runner, 'forget' | 'close'> {
  run(job: Job, handlers: RunHandlers & { readonly connect: Connect }): Promise<JobResult>;
  discard(left: Discarding, connect: Connect): Promise<void>;
}

/** Moves the bytes in this thread. */
export function createRunner(connect: Connect, bandwidth: Bandwidth | null = null): Runner {
  const mover = createMover(bandwidth);
  return {
    ...mover,
    prepare: () => undefined,
    run: (job, handlers) => mover.run(job, { ...handlers, connect }),
    discard: (left) => mover.discard(left, connect),
  };
}

export function createMover(bandwidth: Bandwidth | null): Mover {
  const localFolders = new Map<string, Promise<StorageLocation>>();
  const madeFolders = new Map<string, Map<LocationPath, Promise<void>>>();

  const localFolder = (root: string): Promise<StorageLocation> => {
    const known = localFolders.get(root);
    if (known !== undefined) return known;
    const connecting = localBackend.connect({ uri: root, options: {}, secret: null, proof: DEFAULT_PROOF_POLICY, sizeLimit: null });
    localFolders.set(root, connecting);
    connecting.catch(() => localFolders.delete(root));
    return connecting;
  };

  const makeParents = async (batchId: string, location: StorageLocation, path: LocationPath): Promise<void> => {
    const folder = parentPath(path);
    if (folder === '' || !location.capabilities.makeDirectory) return;
    const made = madeFolders.get(batchId) ?? new Map<LocationPath, Promise<void>>();
    madeFolders.set(batchId, made);
    const known = made.get(folder);
    if (known !== undefined) return known;
    if (made.size >= FOLDERS_REMEMBERED) made.clear();
    const making = location.makeDirectory(folder);
    made.set(folder, making);
    making.catch(() => made.delete(folder));
    return making;
  };

  return {
    run: async (job, handlers) => {
      const result = await perform(job, { ...handlers, bandwidth, localFolder, makeParents: (location, path) => makeParents(job.batchId, location, path) });
      // Somebody may have removed a folder that was made before: the next try makes it again.
      if (result.kind === 'failed' && result.error.code === 'not_found') madeFolders.delete(job.batchId);
      return result;
    },
    discard: async ({ direction, locationId, root, leftover }, connect) => {
      const location = direction === 'upload' ? (await connect(locationId)).location : await localFolder(root);
      await location.file(leftover.path).forget(leftover.token);
    },
    forget: (batchId) => {
      madeFolders.delete(batchId);
    },
    close: async () => {
      const open = [...localFolders.values()];
      localFolders.clear();
      for (const connected of await Promise.allSettled(open)) if (connected.status === 'fulfilled') await connected.value.close();
    },
  };
}
