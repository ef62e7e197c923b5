import { AbortMultipartUploadCommand, ListMultipartUploadsCommand, type ListMultipartUploadsCommandOutput, type MultipartUpload } from '@aws-sdk/client-s3';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { BEGUN } from './begun-uploads.ts';
import type { S3Context } from './context.ts';
import { decodeKey, folderKeyOf, keyOf, pathOf } from './keys.ts';
import { listParts } from './listed-parts.ts';

/** Nobody is at work any more on what another process began so long ago, in milliseconds. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

/**
 * Uploads in parts that were never finished, below a folder. An unfinished upload carries no mark, so it counts as ours when this process
 * began it, or when the same identity began it more than a day ago; where a server does not name identities, only the former.
 */
export async function listUnfinished(context: S3Context, folder: LocationPath, { signal }: OperationOptions): Promise<readonly UnfinishedUpload[]> {
  const { session, settings } = context;
  const prefix = folderKeyOf(settings.prefix, folder);
  const found: UnfinishedUpload[] = [];
  let markers: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } | null = {};
  while (markers !== null) {
    const page: ListMultipartUploadsCommandOutput = await session.send(new ListMultipartUploadsCommand({ Bucket: session.bucket, Prefix: prefix, EncodingType: 'url', ...markers }), { doing: `list the unfinished uploads in ${session.root}`, signal });
    const decoded = (key: string | undefined): string | null => (key === undefined ? null : page.EncodingType === 'url' ? decodeKey(key) : key);
    for (const upload of page.Uploads ?? []) {
      const key = decoded(upload.Key);
      const path = key === null ? null : pathOf(settings.prefix, key);
      if (key === null || path === null || upload.UploadId === undefined || !isOurs(context, upload)) continue;
      found.push({ id: upload.UploadId, path, size: await storedBytes(context, key, upload.UploadId, signal), startedAt: upload.Initiated?.toISOString() ?? null });
    }
    markers = page.IsTruncated === true ? nextMarkers(decoded(page.NextKeyMarker), page.NextUploadIdMarker, markers) : null;
  }
  return found;
}

/** @throws StorageError not_found */
export async function discardUnfinished({ session, settings }: S3Context, { id, path }: UnfinishedUpload, { signal }: OperationOptions): Promise<void> {
  const key = keyOf(settings.prefix, path);
  const uri = `s3://${session.bucket}/${key}`;
  try {
    await session.send(new AbortMultipartUploadCommand({ Bucket: session.bucket, Key: key, UploadId: id }), { doing: `discard the unfinished upload of ${uri}`, uri, signal });
  } catch (error) {
    // Servers say different things of an id that never was one.
    if (error instanceof StorageError && error.context['status'] !== undefined && (error.code === 'unexpected' || error.code === 'invalid_location')) throw new StorageError('not_found', `There is no unfinished upload of ${uri} with this id.`, { cause: error, context: { uri } });
    throw error;
  }
  BEGUN.remove(session, id);
}

function isOurs({ session, findings }: S3Context, { UploadId = '', Initiated, Initiator }: MultipartUpload): boolean {
  const state = BEGUN.stateOf(session, UploadId);
  if (state !== null) return state === 'kept';
  const initiator = findings.parts?.initiator ?? null;
  return initiator !== null && Initiator?.ID === initiator && Initiated !== undefined && Date.now() - Initiated.getTime() > ABANDONED_AFTER;
}

async function storedBytes({ session }: S3Context, key: string, uploadId: string, signal: AbortSignal | undefined): Promise<number | null> {
  try {
    const parts = await listParts(session, { key, uri: `s3://${session.bucket}/${key}`, uploadId, checksum: null, etagIsMd5: false, signal });
    return [...parts.values()].reduce((sum, { size }) => sum + size, 0);
  } catch (error) {
    if (error instanceof StorageError && error.code !== 'canceled') return null;
    throw error;
  }
}

/** A server that pages in a circle must not keep us for ever. */
function nextMarkers(key: string | null, id: string | undefined, before: { readonly KeyMarker?: string; readonly UploadIdMarker?: string }): { readonly KeyMarker: string; readonly UploadIdMarker: string } | null {
  if (key === null || id === undefined || (key === before.KeyMarker && id === before.UploadIdMarker)) return null;
  return { KeyMarker: key, UploadIdMarker: id };
}
