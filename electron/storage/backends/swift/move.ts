import { StorageError } from '../../../../shared/storage/errors.ts';
import { discard } from '../../http/http-client.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { SwiftContext } from './context.ts';
import { copyObject } from './copy.ts';
import { inParallel } from './in-parallel.ts';
import { listObjects } from './listing.ts';
import { containerUri } from './names.ts';
import { type ObjectFacts, askObject } from './object-facts.ts';
import { ask } from './refusal.ts';
import { replace } from './replace.ts';
import { MANY } from './segment-store.ts';
import { parseUploadHeader } from './upload-note.ts';

/**
 * Swift has no rename: an object is copied inside the storage, then the old one is deleted; of a large file only the list of its segments.
 * @param overwrite false: the name was looked up before
 */
export async function moveObject(context: SwiftContext, from: string, to: string, { overwrite, signal }: OperationOptions & { readonly overwrite: boolean }): Promise<void> {
  const { client, place } = context;
  const facts = await askObject(client, place.uriOf(from), { signal, newest: true });
  await replace({ ...context, findings: { ...context.findings, ifNoneMatch: false } }, to, {
    overwrite,
    signal,
    put: () => copyObject({ context, name: from }, { context, name: to }, {}, { workload: facts.size ?? undefined, manifest: true }).then(() => undefined),
  });
  await requireCopy(context, facts, to);
  await endNote(context, facts);
  try {
    await discard(await ask(client, 'DELETE', place.uriOf(from)));
  } catch (error) {
    // Two lists of the same segments are dangerous: deleting one file with its segments would take the other's.
    if (facts.kind === 'segments') await client.send('DELETE', place.uriOf(to)).then(discard).catch(() => undefined);
    throw error;
  }
}

/** All that is in a folder, one object after the other: what fails in between leaves each file in one of the two places. @throws StorageError not_found */
export async function moveFolder(context: SwiftContext, from: string, to: string, { signal }: OperationOptions): Promise<void> {
  const { client, place } = context;
  const names: string[] = [];
  for await (const page of listObjects(client, containerUri(place.storageUrl, place.container), { prefix: from, signal })) names.push(...page.map(({ name }) => name));
  // A name that cannot be asked for stops it before anything is moved.
  for (const name of names) place.uriOf(name);
  await inParallel(names, MANY, async (name) => {
    signal?.throwIfAborted();
    await moveObject(context, name, to + name.slice(from.length), { overwrite: true, signal });
  });
}

async function requireCopy({ client, place }: SwiftContext, before: ObjectFacts, to: string): Promise<void> {
  const after = await askObject(client, place.uriOf(to), { newest: true });
  if (after.size === before.size && after.kind === before.kind && after.etag === before.etag) return;
  throw new StorageError('checksum_mismatch', `The copy ${place.uriOf(to)} has ${after.size} bytes and the ETag ${after.etag}, but the original has ${before.size} bytes and ${before.etag}; the original was left.`, { context: { expected: before.etag, found: after.etag } });
}

/** A note that stayed after the upload would not find its file under the new name, and take its segments for left over. */
async function endNote(context: SwiftContext, { upload }: ObjectFacts): Promise<void> {
  const parsed = parseUploadHeader(upload);
  if (parsed !== null) await context.storeAt(parsed.place).end(parsed.id);
}
