import type { LocationPath } from '../../shared/storage/path.ts';
import type { Database } from '../database/database.ts';
import type { TransferRow } from '../database/transfer-rows.ts';
import type { BatchWork } from './batch-work.ts';
import type { Leftover } from './leftover.ts';
import type { Job, KnownDigest } from './job.ts';

/** The job for one try of a row. */
export async function jobFor(database: Database, work: BatchWork, row: TransferRow): Promise<Job> {
  const { direction, locationId, size, source, destination, conflict } = row;
  return {
    batchId: work.row.id,
    direction: direction === 'download' ? 'download' : 'upload',
    kind: row.kind === 'folder' ? 'folder' : 'file',
    locationId,
    size,
    source,
    destination,
    root: work.row.root,
    conflict,
    interrupted: row.interrupted === 1,
    published: row.published === 1,
    options: work.options,
    leftover: row.resume === null ? null : (JSON.parse(row.resume) as Leftover),
    known: direction === 'download' ? await knownDigest(database, locationId, source) : null,
  };
}

async function knownDigest(database: Database, locationId: string, place: LocationPath): Promise<KnownDigest | null> {
  const state = (await database.fileStates.forPaths(locationId, [place])).get(place);
  // Of bytes that were found wrong the digest that was proven before is what counts, so they are not delivered as if nothing were known.
  const checksum = state?.kind === 'mismatch' ? state.expected : state?.checksum;
  if (state === undefined || checksum === null || checksum === undefined) return null;
  return { size: state.size, modified: state.modified, checksum, at: state.at };
}
