import { GetObjectCommand, type GetObjectCommandOutput, HeadObjectCommand, type HeadObjectCommandOutput, type PutObjectCommand, type UploadPartCommand } from '@aws-sdk/client-s3';

/** The commands of which every file needs some. */
export type PlainCommand = GetObjectCommand | HeadObjectCommand | PutObjectCommand | UploadPartCommand;

/** What of their answers is read: the same fields, whichever way they came. */
export type PlainOutput = Partial<Pick<HeadObjectCommandOutput & GetObjectCommandOutput, TextField | 'ContentLength' | 'PartsCount' | 'TagCount' | 'LastModified' | 'ObjectLockRetainUntilDate' | 'Metadata'>> & {
  /** a stream of GetObject */
  readonly Body?: unknown;
};

export interface PlainRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
}

/** Fields of the commands that are headers (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html and the like). */
const HEADERS: Readonly<Record<string, string>> = {
  ChecksumCRC32: 'x-amz-checksum-crc32',
  ChecksumCRC32C: 'x-amz-checksum-crc32c',
  ChecksumCRC64NVME: 'x-amz-checksum-crc64nvme',
  ChecksumMode: 'x-amz-checksum-mode',
  ContentMD5: 'content-md5',
  ContentType: 'content-type',
  IfNoneMatch: 'if-none-match',
  Range: 'range',
  StorageClass: 'x-amz-storage-class',
};

const QUERY: Readonly<Record<string, string>> = { PartNumber: 'partNumber', UploadId: 'uploadId', VersionId: 'versionId' };

/** Fields of the commands that are neither. `ContentLength` is that of the body. */
const OTHERS: ReadonlySet<string> = new Set(['Bucket', 'Key', 'Body', 'ContentLength', 'Metadata']);

type TextField = (typeof TEXTS)[keyof typeof TEXTS];

/** Headers of the answers that are fields as they are. */
const TEXTS = {
  'cache-control': 'CacheControl',
  'content-disposition': 'ContentDisposition',
  'content-encoding': 'ContentEncoding',
  'content-language': 'ContentLanguage',
  'content-range': 'ContentRange',
  'content-type': 'ContentType',
  etag: 'ETag',
  'x-amz-archive-status': 'ArchiveStatus',
  'x-amz-checksum-crc32': 'ChecksumCRC32',
  'x-amz-checksum-crc32c': 'ChecksumCRC32C',
  'x-amz-checksum-crc64nvme': 'ChecksumCRC64NVME',
  'x-amz-checksum-sha1': 'ChecksumSHA1',
  'x-amz-checksum-sha256': 'ChecksumSHA256',
  'x-amz-checksum-type': 'ChecksumType',
  'x-amz-expiration': 'Expiration',
  'x-amz-object-lock-legal-hold': 'ObjectLockLegalHoldStatus',
  'x-amz-replication-status': 'ReplicationStatus',
  'x-amz-restore': 'Restore',
  'x-amz-server-side-encryption': 'ServerSideEncryption',
  'x-amz-server-side-encryption-aws-kms-key-id': 'SSEKMSKeyId',
  'x-amz-server-side-encryption-customer-algorithm': 'SSECustomerAlgorithm',
  'x-amz-storage-class': 'StorageClass',
  'x-amz-version-id': 'VersionId',
} as const;

const METADATA = 'x-amz-meta-';

/** @returns null for a command that says what is not known here, or whose body could not be sent twice: it is the SDK's */
export function plainRequest(command: PlainCommand): PlainRequest | null {
  const { input } = command;
  const body = 'Body' in input ? input.Body : undefined;
  if (input.Key === undefined || !(body === undefined || body instanceof Uint8Array)) return null;
  const headers: Record<string, string> = {};
  const query: Record<string, string> = {};
  for (const [field, value] of Object.entries(input) as readonly (readonly [string, unknown])[]) {
    const [header, parameter] = [HEADERS[field], QUERY[field]];
    if (value === undefined || OTHERS.has(field)) continue;
    if (typeof value !== 'string' && typeof value !== 'number') return null;
    if (header !== undefined) headers[header] = `${value}`;
    else if (parameter !== undefined) query[parameter] = `${value}`;
    else return null;
  }
  if ('Metadata' in input) for (const [name, value] of Object.entries(input.Metadata ?? {})) headers[`${METADATA}${name.toLowerCase()}`] = value;
  const method = command instanceof HeadObjectCommand ? 'HEAD' : command instanceof GetObjectCommand ? 'GET' : 'PUT';
  return { method, key: input.Key, query, headers, body: body ?? null };
}

/** @param headers of the answer, names in lower case */
export function plainOutput(headers: Readonly<Record<string, string>>): PlainOutput {
  const texts: Partial<Record<TextField, string>> = {};
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (isText(name)) texts[TEXTS[name]] = value;
    else if (name.startsWith(METADATA)) metadata[name.slice(METADATA.length)] = value;
  }
  return {
    ...(texts as PlainOutput),
    ...numberOf('ContentLength', headers['content-length']),
    ...numberOf('PartsCount', headers['x-amz-mp-parts-count']),
    ...numberOf('TagCount', headers['x-amz-tagging-count']),
    ...timeOf('LastModified', headers['last-modified']),
    ...timeOf('ObjectLockRetainUntilDate', headers['x-amz-object-lock-retain-until-date']),
    Metadata: metadata,
  };
}

function isText(name: string): name is keyof typeof TEXTS {
  return Object.hasOwn(TEXTS, name);
}

function numberOf<F extends string>(field: F, text: string | undefined): Partial<Record<F, number>> {
  return text === undefined || !/^\d+$/.test(text) ? {} : ({ [field]: Number(text) } as Record<F, number>);
}

function timeOf<F extends string>(field: F, text: string | undefined): Partial<Record<F, Date>> {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? {} : ({ [field]: new Date(time) } as Record<F, Date>);
}
