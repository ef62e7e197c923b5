import type { OperationOptions } from '../../storage-backend.ts';
import type { SwiftContext } from './context.ts';
import { type FoundSegment, readManifest } from './manifest.ts';
import type { ObjectFacts } from './object-facts.ts';
import { parseUploadHeader } from './upload-note.ts';

/** The segments of a large file, in their order. Servers that do not give manifests can still be asked for those of our own uploads. @returns null where they cannot be told */
export async function findSegments(context: SwiftContext, uri: string, facts: Pick<ObjectFacts, 'upload'>, options: OperationOptions = {}): Promise<readonly FoundSegment[] | null> {
  const manifest = await readManifest(context.client, uri, options);
  if (manifest !== null) return manifest;
  const upload = parseUploadHeader(facts.upload);
  if (upload === null) return null;
  const store = context.storeAt(upload.place);
  const found = [...(await store.segments(upload.id, options))].sort(([a], [b]) => a - b);
  const segments = found.flatMap(([number, { size, md5 }]) => (size === null || md5 === null ? [] : [{ path: store.pathOf(upload.id, number), size, md5, nested: false }]));
  return segments.length === found.length ? segments : null;
}
