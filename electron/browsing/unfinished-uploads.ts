import { StorageError } from '../../shared/storage/errors.ts';
import type { UnfinishedUpload } from '../../shared/storage/file-instance.ts';
import type { Locations } from '../locations/locations.ts';

/** What Holdfast's uploads that never finished left in a location, oldest first. @throws the storage's error */
export async function listUnfinished(locations: Locations, locationId: string, signal?: AbortSignal): Promise<readonly UnfinishedUpload[]> {
  const { location } = await locations.connect(locationId);
  const found = await location.unfinished('', { signal });
  return [...found].sort((one, other) => (one.startedAt ?? '').localeCompare(other.startedAt ?? '') || one.path.localeCompare(other.path));
}

/** Removes some of {@link listUnfinished}, looked up again so that nothing else can be meant. @returns how many were removed @throws not_found for one that is not there (any more) */
export async function discardUnfinished(locations: Locations, locationId: string, ids: readonly string[] | 'all', signal?: AbortSignal): Promise<number> {
  const { location } = await locations.connect(locationId);
  const present = await location.unfinished('', { signal });
  const chosen = ids === 'all' ? present : ids.map((id) => required(present, id));
  for (const upload of chosen) await location.discard(upload, { signal });
  return chosen.length;
}

function required(present: readonly UnfinishedUpload[], id: string): UnfinishedUpload {
  const upload = present.find((one) => one.id === id);
  if (upload === undefined) throw new StorageError('not_found', `There is no unfinished upload ${JSON.stringify(id)} (any more).`);
  return upload;
}
