import type { SaveStreamOptions } from '../../storage-backend.ts';
import type { SwiftContext } from './context.ts';
import type { SegmentStore, StoredSegment } from './segment-store.ts';
import { mostParts, partSizeFor } from './part-plan.ts';
import { type UploadToken, formatToken, newUploadId, parseToken } from './upload-note.ts';

/** An upload in segments that was begun now or goes on. */
export interface UploadInProgress {
  readonly id: string;
  readonly store: SegmentStore;
  /** bytes of every segment but the last */
  readonly partSize: number;
  /** of the file, in bytes; null when not known */
  readonly size: number | null;
  /** what an earlier try left, by number */
  readonly there: ReadonlyMap<number, StoredSegment>;
}

/** Goes on with what an earlier try left, or begins anew: writes the note, and tells the token before it. Where segments go is what the probe found. */
export async function beginUpload(context: SwiftContext, name: string, { size = null, resume, signal }: Pick<SaveStreamOptions, 'resume' | 'signal'> & { readonly size?: number | null | undefined }): Promise<UploadInProgress> {
  const { place, findings, limits, active } = context;
  const token = resume?.token ? parseToken(resume.token) : null;
  const before = token !== null && fits(token, size, context) ? await goOn(context, name, token, size, signal) : null;
  if (before !== null) {
    resume?.keep(formatToken({ id: before.id, place: before.store.place, partSize: before.partSize }));
    active.add(before.id);
    return before;
  }
  const store = context.storeAt(findings.segments?.place ?? 'inside');
  const id = newUploadId();
  const partSize = partSizeFor(size, limits);
  resume?.keep(formatToken({ id, place: store.place, partSize }));
  active.add(id);
  try {
    await store.begin(id, { name, container: place.container, size, startedAt: new Date(context.session.serverNow).toISOString() }, { signal });
  } catch (error) {
    active.delete(id);
    throw error;
  }
  return { id, store, partSize, size, there: new Map() };
}

function fits({ partSize }: UploadToken, size: number | null, { limits }: Pick<SwiftContext, 'limits'>): boolean {
  return partSize >= limits.minSegment && partSize <= limits.maxObject && (size === null || Math.ceil(size / partSize) <= mostParts(limits));
}

/** An upload without a note is finished or forgotten, so its segments are in use or gone, and it must not be touched. @returns null when it cannot go on */
async function goOn(context: SwiftContext, name: string, { id, place, partSize }: UploadToken, size: number | null, signal: AbortSignal | undefined): Promise<UploadInProgress | null> {
  const store = context.storeAt(place);
  const note = await store.note(id, { signal });
  if (note === null || context.active.has(id) || note.name !== name || note.container !== context.place.container || (await store.isUsed(id, note, { signal }))) return null;
  return { id, store, partSize, size, there: await store.segments(id, { signal }) };
}
