import { ListPartsCommand } from '@aws-sdk/client-s3';
import { type Checksum, formatChecksum } from '../../../../shared/storage/checksum.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { FullChecksum } from './findings.ts';
import { bareEtag, fromBase64 } from './object-facts.ts';
import { MAX_PARTS } from './part-size.ts';
import type { S3Session } from './session.ts';

/** A part that an upload holds. */
export interface ListedPart {
  readonly size: number;
  readonly etag: string;
  /** digest that the server computed of it: of the wanted kind, else the MD5 that its ETag is; null when it tells none */
  readonly digest: Checksum | null;
}

export interface ListPartsOptions extends OperationOptions {
  readonly key: string;
  readonly uri: string;
  readonly uploadId: string;
  readonly checksum: FullChecksum | null;
  /** ETags of this server are MD5s */
  readonly etagIsMd5: boolean;
}

/** All parts of an upload by their number, page after page. @throws StorageError not_found when there is no such upload (any more) */
export async function listParts(session: S3Session, { key, uri, uploadId, checksum, etagIsMd5, signal }: ListPartsOptions): Promise<ReadonlyMap<number, ListedPart>> {
  const found = new Map<number, ListedPart>();
  let marker: string | undefined;
  do {
    const page = await session.send(new ListPartsCommand({ Bucket: session.bucket, Key: key, UploadId: uploadId, ...(marker !== undefined && { PartNumberMarker: marker }) }), { doing: `list the parts of ${uri} that are there`, uri, signal });
    for (const { PartNumber, Size, ETag, ChecksumCRC64NVME, ChecksumCRC32C, ChecksumCRC32 } of page.Parts ?? []) {
      if (PartNumber === undefined || PartNumber < 1 || PartNumber > MAX_PARTS || Size === undefined) continue;
      const etag = bareEtag(ETag);
      const told = { crc64nvme: ChecksumCRC64NVME, crc32c: ChecksumCRC32C, crc32: ChecksumCRC32 };
      const text = checksum === null ? undefined : told[checksum];
      const digest = checksum !== null ? (text === undefined ? null : fromBase64(checksum, text)) : etagIsMd5 && /^[0-9a-f]{32}$/i.test(etag) ? formatChecksum('md5', etag) : null;
      found.set(PartNumber, { size: Size, etag, digest });
    }
    const next = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    // A server that pages in a circle must not keep us for ever.
    marker = next !== undefined && Number(next) > Number(marker ?? 0) ? next : undefined;
  } while (marker !== undefined);
  return found;
}
