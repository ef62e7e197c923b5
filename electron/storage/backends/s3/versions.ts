import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileVersion } from '../../../../shared/storage/file-instance.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { decodeKey } from './keys.ts';
import { sizeOf, wholeSeconds } from './object-facts.ts';
import type { S3Session } from './session.ts';

/** Pages of the versions of one key, newest first, the notes of its deletion among them. @throws StorageError not_found when there is none */
export async function* listVersions(session: S3Session, key: string, { uri, signal }: OperationOptions & { readonly uri: string }): AsyncGenerator<readonly FileVersion[]> {
  let found = false;
  let markers: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } | null = {};
  while (markers !== null) {
    const page: ListObjectVersionsCommandOutput = await session.send(new ListObjectVersionsCommand({ Bucket: session.bucket, Prefix: key, EncodingType: 'url', ...markers }), { doing: `list the versions of ${uri}`, uri, signal });
    const isOurs = ({ Key }: { readonly Key?: string | undefined }): boolean => Key !== undefined && (page.EncodingType === 'url' ? decodeKey(Key) : Key) === key;
    const entries: readonly Entry[] = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? []).map((marker) => ({ ...marker, deleteMarker: true }))].filter(isOurs);
    found ||= entries.length > 0;
    if (entries.length > 0) yield entries.toSorted(newestFirst).map(versionOf);
    markers = nextMarkers(page, key);
  }
  if (!found) throw new StorageError('not_found', `There is no version of ${uri}.`, { context: { uri } });
}

interface Entry {
  readonly VersionId?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly IsLatest?: boolean | undefined;
  readonly Size?: number | undefined;
  readonly deleteMarker?: boolean;
}

function versionOf({ VersionId = 'null', LastModified, IsLatest = false, Size, deleteMarker = false }: Entry): FileVersion {
  return { versionId: VersionId, modified: wholeSeconds(LastModified), size: deleteMarker ? null : sizeOf(Size), latest: IsLatest, deleteMarker };
}

/** Versions and notes of deletions come as two lists; their times put them together, where a server tells fractions of a second to the fraction. */
function newestFirst(a: Entry, b: Entry): number {
  if (a.IsLatest !== b.IsLatest) return a.IsLatest === true ? -1 : 1;
  return (b.LastModified?.getTime() ?? 0) - (a.LastModified?.getTime() ?? 0);
}

/** Keys come in their order, so the first other one ends it. */
function nextMarkers({ IsTruncated, NextKeyMarker, NextVersionIdMarker, EncodingType }: ListObjectVersionsCommandOutput, key: string): { readonly KeyMarker: string; readonly VersionIdMarker: string } | null {
  const next = NextKeyMarker === undefined ? null : EncodingType === 'url' ? decodeKey(NextKeyMarker) : NextKeyMarker;
  return IsTruncated === true && next === key && NextVersionIdMarker !== undefined && NextVersionIdMarker !== '' ? { KeyMarker: next, VersionIdMarker: NextVersionIdMarker } : null;
}
