import type { HashName } from '../../../../shared/storage/checksum.ts';

/** Digests that S3 compares with the bytes as a whole, also of a file in parts (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html), best first. */
export const FULL_CHECKSUMS = ['crc64nvme', 'crc32c', 'crc32'] as const satisfies readonly HashName[];

export type FullChecksum = (typeof FULL_CHECKSUMS)[number];

/** What was found out about parts, with one small upload in parts. */
export interface PartFindings {
  /** the ETag of the whole is the MD5 of the MD5s of its parts */
  readonly etagOfMd5s: boolean;
  /** a wrong checksum of the whole is refused when the parts are put together, the right one is told afterwards */
  readonly checksum: boolean;
  /** `If-None-Match: *` is honoured when the parts are put together */
  readonly noOverwrite: boolean;
  /** parts that are there are listed, with their ETags */
  readonly listed: boolean;
  /** by whom the server says our uploads are begun; null when it does not */
  readonly initiator: string | null;
}

/** What of a bucket was found out by trying it. */
export interface Findings {
  /** in which the bucket answered */
  readonly region: string;
  readonly list: boolean;
  readonly rangeRead: boolean;
  /** objects can be stored and deleted again; where not, nothing of what follows was tried */
  readonly write: boolean;
  /** nothing could be stored for want of room; what is there can be removed */
  readonly full: boolean;
  /** why nothing was tried by writing; null when it was */
  readonly notTried: string | null;
  /** the ETag of an object that was sent whole is the MD5 of its bytes */
  readonly etagIsMd5: boolean;
  /** a wrong `Content-MD5` is refused */
  readonly contentMd5: boolean;
  /** a wrong `x-amz-content-sha256` is refused */
  readonly payloadHash: boolean;
  /** of this kind a wrong `x-amz-checksum-...` is refused, and the right one is told of the whole object; null: none */
  readonly checksum: FullChecksum | null;
  /** `If-None-Match: *` is honoured by PutObject */
  readonly noOverwrite: boolean;
  /** null: uploads in parts do not work */
  readonly parts: PartFindings | null;
  /** earlier versions are kept, or were and are still there */
  readonly versions: boolean;
  /** GetObjectAttributes answers as Amazon's does; other servers answer with the object itself */
  readonly attributes: boolean;
  /** many objects can be deleted with one request */
  readonly bulkDelete: boolean;
  readonly tagging: boolean;
}

export const NOTHING_WRITTEN: Omit<Findings, 'region' | 'list' | 'rangeRead' | 'notTried' | 'etagIsMd5' | 'versions' | 'full'> = {
  write: false,
  contentMd5: false,
  payloadHash: false,
  checksum: null,
  noOverwrite: false,
  parts: null,
  attributes: false,
  bulkDelete: false,
  tagging: false,
};
