import { StorageError } from '../../../../shared/storage/errors.ts';
import type { UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import { type LocationPath, parseLocationPath } from '../../../../shared/storage/path.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { type SwiftContext, requireRemovable } from './context.ts';
import type { SegmentStore } from './segment-store.ts';
import { formatToken, parseToken } from './upload-note.ts';

/** Uploads in segments below a folder that have a note and are not in use nor under way in this program. */
export async function unfinishedUploads(context: SwiftContext, folder: LocationPath, { signal }: OperationOptions): Promise<readonly UnfinishedUpload[]> {
  const prefix = context.place.folderOf(folder);
  const found: UnfinishedUpload[] = [];
  for (const place of ['beside', 'inside'] as const) {
    const store = context.storeAt(place);
    for (const id of await idsIn(store, signal)) {
      if (context.active.has(id)) continue;
      const note = await store.note(id, { signal });
      if (note?.container !== context.place.container || !note.name.startsWith(prefix)) continue;
      const path = pathOf(note.name.slice(context.place.prefix.length));
      if (path === null || (await store.isUsed(id, note, { signal }))) continue;
      const segments = await store.segments(id, { signal });
      const size = [...segments.values()].reduce<number | null>((sum, segment) => (sum === null || segment.size === null ? null : sum + segment.size), 0);
      found.push({ id: formatToken({ id, place, partSize: 1 }), path, size, startedAt: new Date(note.startedAt).toISOString() });
    }
  }
  return found;
}

/** @throws StorageError not_found */
export async function discardUpload(context: SwiftContext, { id, path }: UnfinishedUpload, options: OperationOptions): Promise<void> {
  requireRemovable(context);
  const token = parseToken(id);
  const store = token === null ? null : context.storeAt(token.place);
  if (token === null || store === null || context.active.has(token.id) || (await store.note(token.id, options)) === null) {
    throw new StorageError('not_found', `There is no unfinished upload of ${JSON.stringify(path)}.`);
  }
  await store.discard(token.id, options);
}

/** A container beside that this user may not see holds nothing of ours. */
async function idsIn(store: SegmentStore, signal: AbortSignal | undefined): Promise<readonly string[]> {
  try {
    return await store.ids({ signal });
  } catch (error) {
    if (error instanceof StorageError && error.code === 'permission_denied') return [];
    throw error;
  }
}

function pathOf(text: string): LocationPath | null {
  try {
    return parseLocationPath(text);
  } catch (error) {
    if (error instanceof StorageError && error.code === 'invalid_location') return null;
    throw error;
  }
}
