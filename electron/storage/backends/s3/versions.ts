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
    const versions = [...(page.Versions ?? []).filter(isOurs).map((version) => versionOf(version, false)), ...(page.DeleteMarkers ?? []).filter(isOurs).map((marker) => versionOf(marker, true))];
    found ||= versions.length > 0;
    if (versions.length > 0) yield versions.toSorted(newestFirst);
    markers = nextMarkers(page, key);
  }
  if (!found) throw new StorageError('not_found', `There is no version of ${uri}.`, { context: { uri } });
}

interface Entry {
  readonly VersionId?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly IsLatest?: boolean | undefined;
  readonly Size?: number | undefined;
}

function versionOf({ VersionId = 'null', LastModified, IsLatest = false, Size }: Entry, deleteMarker: boolean): FileVersion {
  return { versionId: VersionId, modified: wholeSeconds(LastModified), size: deleteMarker ? null : sizeOf(Size), latest: IsLatest, deleteMarker };
}

/** Times are whole seconds here, so the latest one says by itself that it is. */
function newestFirst(a: FileVersion, b: FileVersion): number {
  if (a.latest !== b.latest) return a.latest ? -1 : 1;
  return (b.modified ?? '').localeCompare(a.modified ?? '');
}

/** Keys come in their order, so the first other one ends it. */
function nextMarkers({ IsTruncated, NextKeyMarker, NextVersionIdMarker, EncodingType }: ListObjectVersionsCommandOutput, key: string): { readonly KeyMarker: string; readonly VersionIdMarker: string } | null {
  const next = NextKeyMarker === undefined ? null : EncodingType === 'url' ? decodeKey(NextKeyMarker) : NextKeyMarker;
  return IsTruncated === true && next === key && NextVersionIdMarker !== undefined && NextVersionIdMarker !== '' ? { KeyMarker: next, VersionIdMarker: NextVersionIdMarker } : null;
}
