import path from 'node:path';
import { StorageError } from '../../shared/storage/errors.ts';
import { wrapError } from '../storage/wrap-error.ts';
import type { Job, JobResult, Ports, StoredFile } from './job.ts';
import { pathBelow } from './local-target.ts';
import { performDownload } from './perform-download.ts';
import { performUpload } from './perform-upload.ts';

/** One try of one transfer, from the first byte to the proof. Keeps nothing between calls and never throws: a failure is a result. */
export async function perform(job: Job, ports: Ports): Promise<JobResult> {
  try {
    if (job.kind === 'folder') return await makeFolder(job, ports);
    return await (job.direction === 'upload' ? performUpload(job, ports) : performDownload(job, ports));
  } catch (error) {
    return failure(job, ports.signal.aborted ? new StorageError('canceled', 'Canceled.', { cause: error }) : wrapError(error, `${job.direction} ${job.source}`));
  }
}

async function makeFolder(job: Job, ports: Ports): Promise<JobResult> {
  const upload = job.direction === 'upload';
  const location = upload ? (await ports.connect(job.locationId)).location : await ports.localFolder(job.root);
  if (!location.capabilities.makeDirectory) return { kind: 'skipped', reason: 'This storage keeps no empty folders.' };
  await location.makeDirectory(upload ? job.destination : pathBelow(path, job.root, job.destination), { signal: ports.signal });
  return { kind: 'skipped', reason: 'Made the empty folder.' };
}

function failure(job: Job, error: StorageError): JobResult {
  const { publishedPath, receipt } = error.context;
  const published = typeof publishedPath !== 'string' ? null : job.direction === 'upload' ? publishedPath : path.join(job.root, ...publishedPath.split('/'));
  const mismatch = error.code === 'checksum_mismatch' ? mismatched(job, published, receipt === true) : null;
  return { kind: 'failed', error: error.toRecord(), published, mismatch };
}

/** The file in the location that is now known to differ from what was proven of it. */
function mismatched(job: Job, published: string | null, receipt: boolean): StoredFile | null {
  if (job.direction === 'upload') return published === null ? null : { path: published, size: null, modified: null };
  return receipt && job.known !== null ? { path: job.source, size: job.known.size, modified: job.known.modified } : null;
}
