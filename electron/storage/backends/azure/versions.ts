import type { BlobClient, BlobItem, BlockBlobClient } from '@azure/storage-blob';
import type { FileVersion } from '../../../../shared/storage/file-instance.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import { type AzureClient, stoppedBy } from './client.ts';

/** Snapshots and versions are named by times alike; only the word before tells them apart. */
const SNAPSHOT = 'snapshot:';

/** A snapshot or a version of a blob, by an id that {@link listVersions} gave. */
export function blobVersion(blob: BlockBlobClient, versionId: string): BlobClient {
  return versionId.startsWith(SNAPSHOT) ? blob.withSnapshot(versionId.slice(SNAPSHOT.length)) : blob.withVersion(versionId);
}

/** The same as part of a query. */
export function versionQuery(versionId: string): Readonly<Record<string, string>> {
  return versionId.startsWith(SNAPSHOT) ? { snapshot: versionId.slice(SNAPSHOT.length) } : { versionid: versionId };
}

/** The blob itself, its snapshots and the versions that the account keeps, newest first. */
export async function listVersions(client: AzureClient, path: LocationPath, signal: AbortSignal | undefined): Promise<readonly FileVersion[]> {
  const uri = client.uri(path);
  const { name } = client.blob(path);
  const found: FileVersion[] = [];
  const collect = async (): Promise<void> => {
    for await (const { segment } of client.container.listBlobsFlat({ prefix: name, includeSnapshots: true, includeVersions: true, ...stoppedBy(signal) }).byPage({ maxPageSize: 5000 })) {
      const items = segment.blobItems.filter((item) => item.name === name);
      found.push(...items.map(versionOf));
      // Names come in their order, and longer ones that begin alike may be many.
      if (items.length === 0 && segment.blobItems.length > 0) return;
    }
  };
  await client.ask(`list the versions of ${uri}`, uri, collect, signal);
  return found.sort((one, other) => Number(other.latest) - Number(one.latest) || (other.modified ?? '').localeCompare(one.modified ?? ''));
}

function versionOf({ snapshot, versionId, isCurrentVersion, properties }: BlobItem): FileVersion {
  const isSnapshot = snapshot !== undefined && snapshot !== '';
  const time = isSnapshot ? new Date(snapshot) : properties.lastModified;
  return {
    versionId: isSnapshot ? SNAPSHOT + snapshot : (versionId ?? ''),
    modified: time?.toISOString() ?? null,
    size: properties.contentLength ?? null,
    latest: !isSnapshot && (versionId === undefined || isCurrentVersion === true),
    deleteMarker: false,
  };
}
