import { createHash } from 'node:crypto';
import { formatChecksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type HttpClient, discard } from '../../http/http-client.ts';
import { throwIfCanceled } from '../../http/connection-failure.ts';
import type { SegmentFindings } from './findings.ts';
import { type Listed, listObjects } from './listing.ts';
import { type Segment, deleteWithSegments, manifestEtag, putManifest, readManifest } from './manifest.ts';
import { containerUri } from './names.ts';
import { MD5_OF_NOTHING, askObjectIfThere, etagOf, md5Of } from './object-facts.ts';
import type { ProbeOptions } from './probe-options.ts';
import { ask } from './refusal.ts';
import type { SegmentStore } from './segment-store.ts';
import { newUploadId } from './upload-note.ts';

const PARTS = [Buffer.from('one'), Buffer.from('two!')] as const;
const SIZE = 7;

/**
 * Tries a large file of two tiny segments: in the container beside, which is made for it and removed again, else in this one. @returns null when large files do not work here
 */
export async function probeSegments(options: ProbeOptions, scratch: string): Promise<SegmentFindings | null> {
  if (!options.limits.segments) return null;
  for (const where of ['beside', 'inside'] as const) {
    const store = options.storeAt(where);
    const made = await make(store);
    throwIfCanceled(options.signal);
    if (made === null) continue;
    try {
      const found = await tryLargeFile(options, store, `${scratch}-large-${where}`);
      if (found !== 'refused') return found;
    } finally {
      if (made) await options.client.send('DELETE', containerUri(options.place.storageUrl, store.container)).then(discard).catch(() => undefined);
    }
  }
  return null;
}

/** @returns whether it was made now; null when it may not be */
async function make(store: SegmentStore): Promise<boolean | null> {
  try {
    return await store.make();
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

async function tryLargeFile(options: ProbeOptions, store: SegmentStore, name: string): Promise<SegmentFindings | 'refused' | null> {
  const { client, place, signal } = options;
  const id = newUploadId();
  const uri = place.uriOf(name);
  try {
    const segments = await putParts(client, store, id);
    if (segments === null) return 'refused';
    throwIfCanceled(signal);
    const swapped = segments.map((segment, index) => ({ ...segment, md5: (segments[1 - index] ?? segment).md5 }));
    const refusesWrongMd5 = !(await accepts(client, uri, swapped));
    if (!(await accepts(client, uri, segments))) return null;
    throwIfCanceled(signal);
    const facts = await askObjectIfThere(client, uri, { signal, newest: true });
    const whole = await client.text(await ask(client, 'GET', uri, { signal }), SIZE);
    if (facts?.kind !== 'segments' || facts.size !== SIZE || facts.etag !== manifestEtag(segments) || whole !== PARTS.join('')) return null;
    const readable = (await readManifest(client, uri, { signal }))?.map(({ path }) => path).join() === segments.map(({ path }) => path).join();
    const listed = await findListed(options, name);
    await deleteWithSegments(client, uri);
    if ((await askObjectIfThere(client, store.uriOf(id, 1), { signal, newest: true })) !== null) return null;
    return { place: store.place, refusesWrongMd5, readable, marked: listed?.isLarge === true, sized: listed?.size === SIZE, asEmpty: listed?.md5 === MD5_OF_NOTHING };
  } finally {
    for (const gone of [uri, store.uriOf(id, 1), store.uriOf(id, 2)]) await client.send('DELETE', gone).then(discard).catch(() => undefined);
  }
}

/** @returns null when nothing may be written there */
async function putParts(client: HttpClient, store: SegmentStore, id: string): Promise<readonly Segment[] | null> {
  try {
    return await Promise.all(
      PARTS.map(async (body, index) => {
        const answer = await ask(client, 'PUT', store.uriOf(id, index + 1), { body, headers: { 'content-type': 'application/octet-stream' } });
        await discard(answer);
        return { path: store.pathOf(id, index + 1), size: body.length, md5: md5Of(etagOf(answer)) ?? formatChecksum('md5', createHash('md5').update(body).digest('hex')) };
      }),
    );
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

async function accepts(client: HttpClient, uri: string, segments: readonly Segment[]): Promise<boolean> {
  try {
    await putManifest(client, uri, segments, {});
    return true;
  } catch (error) {
    // The network is no answer to the question; a refused list of segments is.
    if (!(error instanceof StorageError) || (error.code === 'unavailable' && error.context['startOver'] !== true)) throw error;
    return false;
  }
}

async function findListed({ client, place, signal }: ProbeOptions, name: string): Promise<Extract<Listed, { readonly kind: 'object' }> | null> {
  try {
    for await (const page of listObjects(client, containerUri(place.storageUrl, place.container), { prefix: name, limit: 2, signal })) {
      const found = page.find((listed) => listed.name === name);
      return found?.kind === 'object' ? found : null;
    }
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  return null;
}

function isRefusal(error: unknown): boolean {
  return error instanceof StorageError && (error.code === 'permission_denied' || error.code === 'not_found' || error.code === 'unsupported');
}
