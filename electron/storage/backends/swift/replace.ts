import { StorageError } from '../../../../shared/storage/errors.ts';
import { discard } from '../../http/http-client.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { SwiftContext } from './context.ts';
import { inParallel } from './in-parallel.ts';
import { findSegments } from './find-segments.ts';
import { type FoundSegment, deleteWithSegments } from './manifest.ts';
import { segmentUri } from './names.ts';
import { askObjectIfThere } from './object-facts.ts';
import { ask } from './refusal.ts';
import { MANY } from './segment-store.ts';
import { parseUploadHeader } from './upload-note.ts';

export interface ReplaceOptions extends OperationOptions {
  readonly overwrite: boolean;
  /** paths of segments that the new file consists of */
  readonly keeps?: ReadonlySet<string>;
  /** most names are free and asking again costs little: do not look first */
  readonly optimistic?: boolean;
  /** stores the new file */
  put(headers: Readonly<Record<string, string>>): Promise<void>;
}

/**
 * Stores something under a name, and removes the segments of the large file that lay there, if one did. They are written down before
 * the file is replaced, so that they can be found again when this program ends in between.
 * @throws StorageError already_exists unless `overwrite`
 */
export async function replace(context: SwiftContext, name: string, { overwrite, keeps = new Set(), optimistic = false, put, signal }: ReplaceOptions): Promise<void> {
  const { client, place, findings } = context;
  const uri = place.uriOf(name);
  const guarded = findings.ifNoneMatch ? { 'if-none-match': '*' } : {};
  if (optimistic && findings.ifNoneMatch && (await putIfFree(put, guarded))) return;
  const old = await askObjectIfThere(client, uri, { signal, newest: true });
  if (old !== null && !overwrite) throw alreadyExists(uri);
  if (old?.kind !== 'segments' || findings.versioned) return put(overwrite ? {} : guarded);

  const segments = ((await findSegments(context, uri, old, { signal })) ?? []).filter(({ path }) => !keeps.has(path));
  const upload = parseUploadHeader(old.upload);
  const store = upload === null ? null : context.storeAt(upload.place);
  if (upload !== null) await store?.begin(upload.id, { name, container: place.container, size: old.size, startedAt: old.storedAt ?? new Date().toISOString() }, { signal });
  try {
    await put({});
  } catch (error) {
    if (upload !== null) await store?.end(upload.id).catch(() => undefined);
    throw error;
  }
  // The new file is stored, so what is left of the old one is no failure of it; the note stays for `unfinished`.
  const removed = await removeSegments(context, segments).then(() => true, () => false);
  if (removed && upload !== null) await store?.end(upload.id).catch(() => undefined);
}

/** Removes a file, and the segments of a large one, which old versions of it may need where the container keeps them. @throws StorageError not_found */
export async function removeObject(context: SwiftContext, uri: string, { signal }: OperationOptions = {}): Promise<void> {
  const { client, findings } = context;
  const facts = await askObjectIfThere(client, uri, { signal });
  if (facts === null) throw new StorageError('not_found', `There is no file ${uri}.`, { context: { uri } });
  if (facts.kind === 'segments' && !findings.versioned) return deleteWithSegments(client, uri, { signal });
  await discard(await ask(client, 'DELETE', uri, { signal }));
}

export function alreadyExists(uri: string): StorageError {
  return new StorageError('already_exists', `${uri} exists already.`, { context: { uri } });
}

async function removeSegments({ client, place }: SwiftContext, segments: readonly FoundSegment[]): Promise<void> {
  await inParallel(segments, MANY, async ({ path, nested }) => {
    const uri = segmentUri(place.storageUrl, path);
    try {
      if (nested) await deleteWithSegments(client, uri);
      else await discard(await ask(client, 'DELETE', uri));
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'not_found') throw error;
    }
  });
}

async function putIfFree(put: ReplaceOptions['put'], headers: Readonly<Record<string, string>>): Promise<boolean> {
  try {
    await put(headers);
    return true;
  } catch (error) {
    if (error instanceof StorageError && error.code === 'already_exists' && error.context['status'] === 412) return false;
    throw error;
  }
}
