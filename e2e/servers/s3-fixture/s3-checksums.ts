import { createHash } from 'node:crypto';
import { createCRC32, createCRC64 } from 'hash-wasm';
import { invalidRequest } from './s3-error.ts';

/** As in `x-amz-checksum-NAME`. */
export const CHECKSUM_NAMES = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;

export type ChecksumName = (typeof CHECKSUM_NAMES)[number];

/** Of the whole object, or of the digests of its parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface StoredChecksum {
  readonly name: ChecksumName;
  /** Base64; a composite one ends in `-` and the number of parts */
  readonly value: string;
  readonly type: ChecksumType;
}

const LENGTHS: Readonly<Record<ChecksumName, number>> = { crc32: 4, crc32c: 4, crc64nvme: 8, sha1: 20, sha256: 32 };

export interface Digester {
  update(bytes: Uint8Array): void;
  /** once, at the end */
  digest(): Buffer;
}

export async function createDigester(name: ChecksumName | 'md5'): Promise<Digester> {
  const raw = await rawHasher(name);
  return { update: (bytes) => void raw.update(bytes), digest: () => Buffer.from(raw.digest('hex'), 'hex') };
}

/** Castagnoli's polynomial (RFC 3720) and that of NVM Express, both reflected. */
function rawHasher(name: ChecksumName | 'md5'): { update(bytes: Uint8Array): unknown; digest(encoding: 'hex'): string } | Promise<{ update(bytes: Uint8Array): unknown; digest(encoding: 'hex'): string }> {
  if (name === 'crc32') return createCRC32();
  if (name === 'crc32c') return createCRC32(0x82f63b78);
  if (name === 'crc64nvme') return createCRC64('9a6c9329ac4bc9b5');
  return createHash(name);
}

export async function digestOf(name: ChecksumName | 'md5', pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
  const digester = await createDigester(name);
  for await (const piece of pieces) digester.update(piece);
  return digester.digest();
}

/** The digest over the parts' digests, with their number. */
export async function compositeOf(name: ChecksumName, parts: readonly string[]): Promise<string> {
  const digest = await digestOf(name, parts.map((part) => Buffer.from(part, 'base64')));
  return `${digest.toString('base64')}-${parts.length}`;
}

/** Element names of XML answers, e.g. `ChecksumCRC32C`. */
export function xmlName(name: ChecksumName): string {
  return `Checksum${name.toUpperCase()}`;
}

/** @throws S3Error InvalidRequest for an algorithm that S3 has not */
export function parseChecksumName(text: string): ChecksumName {
  const name = CHECKSUM_NAMES.find((one) => one === text.toLowerCase());
  if (name === undefined) throw invalidRequest('Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]');
  return name;
}

/** @throws S3Error InvalidRequest for what cannot be a checksum of this kind */
export function checkForm(name: ChecksumName, value: string, composite = false): void {
  const bare = composite ? value.replace(/-\d+$/, '') : value;
  const bytes = Buffer.from(bare, 'base64');
  if (bytes.length !== LENGTHS[name] || bytes.toString('base64') !== bare) throw invalidRequest(`Value for x-amz-checksum-${name} header is invalid.`);
}

/**
 * What a multipart upload's objects get (docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html).
 *
 * @throws S3Error InvalidRequest for a type that the algorithm has not
 */
export function multipartType(name: ChecksumName, wanted: string | undefined): ChecksumType {
  const possible: readonly ChecksumType[] = name === 'crc64nvme' ? ['FULL_OBJECT'] : name.startsWith('sha') ? ['COMPOSITE'] : ['COMPOSITE', 'FULL_OBJECT'];
  const type = wanted === undefined ? possible[0] : possible.find((one) => one === wanted);
  if (type === undefined) throw invalidRequest(`The ${wanted} checksum type cannot be used with the ${name} checksum algorithm.`);
  return type;
}
