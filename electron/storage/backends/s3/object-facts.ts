import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { type Checksum, type Checksums, formatChecksum, HASH_HEX_LENGTHS, type HashName } from '../../../../shared/storage/checksum.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { PlainOutput } from './plain-request.ts';
import type { S3Session } from './session.ts';

/** What the server says of one object. */
export interface ObjectFacts {
  /** bytes; null when it does not say */
  readonly size: number | null;
  /** ISO 8601, UTC, whole seconds: a listing tells parts of them, HEAD does not */
  readonly modified: string | null;
  /** without quotes; empty when it does not say */
  readonly etag: string;
  readonly versionId: string | null;
  /** of the whole object, as the server keeps them */
  readonly checksums: Checksums;
  /** the ETag cannot be an MD5: encrypted with a key of its own */
  readonly etagEncrypted: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly head: PlainOutput;
}

export interface Named extends OperationOptions {
  readonly uri: string;
  readonly versionId?: string | undefined;
  /** only this part of it, from 1 */
  readonly partNumber?: number | undefined;
}

/** Asks with HEAD. @throws StorageError not_found */
export async function askFacts(session: S3Session, key: string, { uri, versionId, partNumber, signal }: Named): Promise<ObjectFacts> {
  const head = await session.sendPlain(new HeadObjectCommand({ Bucket: session.bucket, Key: key, ChecksumMode: 'ENABLED', ...(versionId !== undefined && { VersionId: versionId }), ...(partNumber !== undefined && { PartNumber: partNumber }) }), {
    doing: `look at ${uri}`,
    uri,
    signal,
  });
  return factsOf(head);
}

export function factsOf(head: PlainOutput): ObjectFacts {
  return {
    size: sizeOf(head.ContentLength),
    modified: wholeSeconds(head.LastModified),
    etag: bareEtag(head.ETag),
    versionId: versionOf(head.VersionId),
    checksums: wholeChecksums(head),
    etagEncrypted: head.SSECustomerAlgorithm !== undefined || (head.ServerSideEncryption ?? 'AES256') !== 'AES256',
    metadata: head.Metadata ?? {},
    head,
  };
}

/** The MD5 that an ETag is, where ETags of this server are MD5s. @returns null for the ETag of parts, of an encrypted object, or what is none */
export function md5Of({ etag, etagEncrypted }: Pick<ObjectFacts, 'etag' | 'etagEncrypted'>): Checksum | null {
  return !etagEncrypted && /^[0-9a-f]{32}$/i.test(etag) ? formatChecksum('md5', etag) : null;
}

export function bareEtag(etag: string | undefined): string {
  return etag?.replaceAll('"', '') ?? '';
}

/** Servers that keep no versions say `null`, as text. */
export function versionOf(versionId: string | undefined): string | null {
  return versionId === undefined || versionId === '' || versionId === 'null' ? null : versionId;
}

export function wholeSeconds(time: Date | undefined): string | null {
  return time === undefined || Number.isNaN(time.getTime()) ? null : new Date(Math.floor(time.getTime() / 1000) * 1000).toISOString();
}

export function sizeOf(size: number | undefined): number | null {
  return size !== undefined && Number.isSafeInteger(size) && size >= 0 ? size : null;
}

type ChecksumFields = Pick<PlainOutput, 'ChecksumCRC32' | 'ChecksumCRC32C' | 'ChecksumCRC64NVME' | 'ChecksumSHA1' | 'ChecksumSHA256' | 'ChecksumType'>;

/** Those of the whole. The type COMPOSITE, in older servers a dash and the number of parts, marks digests of digests of parts. */
export function wholeChecksums(fields: ChecksumFields): Checksums {
  if (fields.ChecksumType === 'COMPOSITE') return {};
  const told: readonly (readonly [HashName, string | undefined])[] = [
    ['crc64nvme', fields.ChecksumCRC64NVME],
    ['crc32c', fields.ChecksumCRC32C],
    ['crc32', fields.ChecksumCRC32],
    ['sha256', fields.ChecksumSHA256],
    ['sha1', fields.ChecksumSHA1],
  ];
  return Object.fromEntries(told.flatMap(([name, text]) => (text === undefined ? [] : [[name, fromBase64(name, text)]])).filter(([, value]) => value !== null));
}

export function fromBase64(name: HashName, text: string): Checksum | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length * 2 === HASH_HEX_LENGTHS[name] && bytes.toString('base64') === text ? formatChecksum(name, bytes.toString('hex')) : null;
}
