import { StorageError } from '../../shared/storage/errors.ts';
import type { FileInstance } from '../../shared/storage/file-instance.ts';
import { type LocationPath, baseName, joinLocationPath, numberedName, parentPath } from '../../shared/storage/path.ts';
import type { SaveResult } from '../storage/storage-backend.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import type { Job } from './job.ts';

/** Bytes from which on it is worth asking whether the name is free before they are sent. */
const ASKED_FROM = 1024 * 1024;

/** Names that the policy "rename" tries. */
const LAST_NUMBER = 9999;

export interface Placing {
  readonly job: Pick<Job, 'conflict' | 'interrupted' | 'published'>;
  readonly location: StorageLocation;
  readonly path: LocationPath;
  /** bytes to come; null when not known */
  readonly size: number | null;
  readonly signal: AbortSignal;
  save(path: LocationPath, overwrite: boolean): Promise<SaveResult>;
  /** proves that what lies there is the source already, without sending it; null when it is not or cannot be told */
  adopt(path: LocationPath): Promise<SaveResult | null>;
}

export type Placed = { readonly kind: 'stored'; readonly path: LocationPath; readonly result: SaveResult } | { readonly kind: 'skipped'; readonly reason: string } | { readonly kind: 'conflict' };

/** Finds the name under which a file may be stored, by the conflict policy, and stores it there. Never replaces a file that the policy does not allow, also not one that came in between. */
export async function placeFile(placing: Placing): Promise<Placed> {
  const { job, location, path, signal } = placing;
  if (job.interrupted) await tidy(location, parentPath(path), signal);
  const atOnce = !job.interrupted && !job.published && (job.conflict === 'overwrite' || refusesCheaply(placing));
  const there = atOnce ? null : await statOrNull(location, path, signal);
  if (there?.kind === 'file' && (job.interrupted || job.published)) {
    const adopted = await placing.adopt(path);
    if (adopted !== null) return { kind: 'stored', path, result: adopted };
  }
  if (job.conflict === 'overwrite' || job.published) return store(placing, path, true);
  // The file there may be the torn half of an earlier try or somebody else's: only the user can tell.
  if (there !== null && job.interrupted && !location.capabilities.atomicPublish) return { kind: 'conflict' };
  if (job.conflict === 'rename') return storeNumbered(placing, there !== null);
  if (there !== null) return refuse(job.conflict, there.path);
  try {
    return await store(placing, path, !location.capabilities.noOverwrite);
  } catch (error) {
    if (isTaken(error)) return refuse(job.conflict, path);
    throw error;
  }
}

/** A storage that refuses a taken name by itself is not asked before a small file: the question costs about as much as the file. */
function refusesCheaply({ location, size }: Placing): boolean {
  return location.capabilities.noOverwrite && size !== null && size < ASKED_FROM;
}

/** The try that was cut off may have left its half beside the real name. */
async function tidy(location: StorageLocation, folder: LocationPath, signal: AbortSignal): Promise<void> {
  try {
    await location.sweep(folder, { signal });
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'not_found') throw error;
  }
}

async function storeNumbered(placing: Placing, taken: boolean): Promise<Placed> {
  const { location, path, signal } = placing;
  for (let number = taken ? 2 : 1; number <= LAST_NUMBER; number++) {
    const candidate = number === 1 ? path : joinLocationPath(parentPath(path), numberedName(baseName(path), number));
    if (number > 1 && (await statOrNull(location, candidate, signal)) !== null) continue;
    try {
      return await store(placing, candidate, !location.capabilities.noOverwrite);
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  throw new StorageError('already_exists', `${path} and its names up to number ${LAST_NUMBER} are all taken.`, { context: { path } });
}

async function store(placing: Placing, path: LocationPath, overwrite: boolean): Promise<Placed> {
  try {
    return { kind: 'stored', path, result: await placing.save(path, overwrite) };
  } catch (error) {
    if (!(error instanceof StorageError) || error.context['published'] !== true) throw error;
    throw new StorageError(error.code, error.message, { cause: error, retryable: error.retryable, context: { ...error.context, publishedPath: path } });
  }
}

function refuse(conflict: Job['conflict'], path: LocationPath): Placed {
  if (conflict === 'ask') return { kind: 'conflict' };
  if (conflict === 'skip') return { kind: 'skipped', reason: 'A file of that name was there already.' };
  throw new StorageError('already_exists', `${path} exists already.`, { context: { path } });
}

function isTaken(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'already_exists';
}

async function statOrNull(location: StorageLocation, path: LocationPath, signal: AbortSignal): Promise<FileInstance | null> {
  try {
    return await location.stat(path, { signal });
  } catch (error) {
    if (error instanceof StorageError && (error.code === 'not_found' || error.code === 'unsupported')) return null;
    throw error;
  }
}
