import type { Checksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { discard } from '../../http/http-client.ts';
import type { OperationOptions, SaveStreamOptions } from '../../storage-backend.ts';
import type { Published, WriteHandle } from '../../write-handle.ts';
import { type SwiftContext, requireWritable } from './context.ts';
import { inParallel } from './in-parallel.ts';
import { findSegments } from './find-segments.ts';
import { type Segment, putManifest } from './manifest.ts';
import { encodedName, segmentUri } from './names.ts';
import { MTIME_HEADER, type ObjectFacts, UPLOAD_HEADER, askObject, etagOf, md5Of, mtimeText } from './object-facts.ts';
import { ask } from './refusal.ts';
import { replace } from './replace.ts';
import { MANY } from './segment-store.ts';
import { beginUpload } from './upload-in-progress.ts';
import { uploadHeader } from './upload-note.ts';

/** An object, by the location that it is in. */
export interface ObjectIn {
  readonly context: SwiftContext;
  /** full name */
  readonly name: string;
}

/**
 * Copies inside the storage: a plain object by COPY, a large file segment by segment, so that the copy lives on when the original is
 * deleted with its segments. @returns null when the server cannot @throws StorageError not_found
 */
export async function copyInside(source: ObjectIn, target: ObjectIn, options: SaveStreamOptions): Promise<Omit<WriteHandle, 'stream'> | null> {
  const { client, place, findings } = source.context;
  const uri = place.uriOf(source.name);
  const facts = await askObject(client, uri, { signal: options.signal, newest: true });
  if (!findings.copy) return null;
  const { modified } = options;
  const mtime = modified === undefined ? {} : { [MTIME_HEADER]: mtimeText(modified) };
  if (facts.kind === 'plain') return plainCopy(source, target, options, mtime);
  const segments = facts.kind === 'segments' && target.context.findings.segments !== null ? await findSegments(source.context, uri, facts, { signal: options.signal }) : null;
  if (segments === null || segments.some(({ nested }) => nested)) return null;
  const kept = facts.headers[MTIME_HEADER];
  return segmentedCopy(target, segments, options, { 'content-type': facts.contentType, ...(typeof kept === 'string' && { [MTIME_HEADER]: kept }), ...mtime });
}

/** One COPY of one object; `manifest`: of a large file only the list of its segments, which both then share. @returns the MD5 that the server answers with */
export async function copyObject({ context, name }: ObjectIn, target: ObjectIn, headers: Readonly<Record<string, string>>, { signal, workload, manifest = false }: OperationOptions & { readonly workload?: number | undefined; readonly manifest?: boolean } = {}): Promise<Checksum | null> {
  const { place, limits } = context;
  const destination = `/${encodeURIComponent(target.context.place.container)}/${encodedName(target.name)}`;
  const answer = await ask(context.client, 'COPY', `${place.uriOf(name)}${manifest ? '?multipart-manifest=get' : ''}`, { signal, workload, storing: workload, maxObject: limits.maxObject, headers: { ...headers, destination, 'content-length': '0' } });
  await discard(answer);
  return md5Of(etagOf(answer));
}

function plainCopy(source: ObjectIn, target: ObjectIn, { overwrite, signal }: SaveStreamOptions, headers: Readonly<Record<string, string>>): Omit<WriteHandle, 'stream'> {
  const { client, place } = target.context;
  return {
    commit: async ({ size }) => {
      // A condition on COPY is one on the source, so the name can only be looked up.
      await replace(withoutCondition(target.context), target.name, { overwrite, signal, put: () => copyObject(source, target, headers, { workload: size }).then(() => undefined) });
      const facts = await askObject(client, place.uriOf(target.name), { newest: true }).catch(() => null);
      return published(facts);
    },
    abort: () => Promise.resolve(),
  };
}

function segmentedCopy(target: ObjectIn, segments: readonly Segment[], options: SaveStreamOptions, headers: Readonly<Record<string, string>>): Omit<WriteHandle, 'stream'> {
  const { context, name } = target;
  let id: string | null = null;
  return {
    commit: async ({ size }) => {
      const upload = await beginUpload(context, name, { size, signal: options.signal });
      id = upload.id;
      const { store } = upload;
      await inParallel(segments.entries(), MANY, async ([index, segment]) => {
        const path = store.pathOf(upload.id, index + 1);
        const answer = await ask(context.client, 'COPY', segmentUri(context.place.storageUrl, segment.path), { signal: options.signal, workload: segment.size, headers: { destination: `/${encodedName(path.slice(1))}`, 'content-length': '0' } });
        await discard(answer);
        const md5 = md5Of(etagOf(answer));
        if (md5 !== segment.md5) throw new StorageError('checksum_mismatch', `The copy of segment ${index + 1} is ${md5 ?? 'without MD5'}, but the original is ${segment.md5}.`, { context: { expected: segment.md5, found: md5 } });
      });
      const copies = segments.map((segment, index) => ({ ...segment, path: store.pathOf(upload.id, index + 1) }));
      const uri = context.place.uriOf(name);
      await replace(context, name, {
        overwrite: options.overwrite,
        keeps: new Set(copies.map(({ path }) => path)),
        signal: options.signal,
        put: (condition) => putManifest(context.client, uri, copies, { ...headers, ...condition, [UPLOAD_HEADER]: uploadHeader({ id: upload.id, place: store.place }) }),
      });
      await store.end(upload.id).catch(() => undefined);
      context.active.delete(upload.id);
      return published(await askObject(context.client, uri, { newest: true }).catch(() => null));
    },
    abort: async () => {
      if (id === null) return;
      context.active.delete(id);
      await context.storeAt(context.findings.segments?.place ?? 'inside').discard(id);
    },
  };
}

/** @param facts null: nothing could be asked, so the proof asks again */
function published(facts: Pick<ObjectFacts, 'size' | 'md5' | 'modified'> | null): Published {
  if (facts === null) return {};
  return { modified: facts.modified, ...(facts.size !== null && { size: facts.size }), ...(facts.md5 !== null && { serverDigest: facts.md5 }) };
}

function withoutCondition(context: SwiftContext): SwiftContext {
  requireWritable(context);
  return { ...context, findings: { ...context.findings, ifNoneMatch: false } };
}
