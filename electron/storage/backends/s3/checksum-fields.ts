import type { ChecksumAlgorithm } from '@aws-sdk/client-s3';
import { type Checksum, type Checksums, checksumAlgorithm } from '../../../../shared/storage/checksum.ts';
import type { FullChecksum } from './findings.ts';
import { base64Of } from './part-hasher.ts';

interface SentChecksum {
  readonly ChecksumCRC64NVME?: string;
  readonly ChecksumCRC32C?: string;
  readonly ChecksumCRC32?: string;
}

const ALGORITHMS: Readonly<Record<FullChecksum, ChecksumAlgorithm>> = { crc64nvme: 'CRC64NVME', crc32c: 'CRC32C', crc32: 'CRC32' };
const FIELDS: Readonly<Record<FullChecksum, keyof SentChecksum>> = { crc64nvme: 'ChecksumCRC64NVME', crc32c: 'ChecksumCRC32C', crc32: 'ChecksumCRC32' };

export function algorithmName(checksum: FullChecksum): ChecksumAlgorithm {
  return ALGORITHMS[checksum];
}

/** The field of a request that carries this checksum; none when there is no such. */
export function checksumField(kind: FullChecksum | null, checksums: Checksums): SentChecksum {
  const value = kind === null ? undefined : checksums[kind];
  return kind === null || value === undefined ? {} : { [FIELDS[kind]]: base64Of(value) };
}

/** Another one of the same kind, to see whether the server notices. */
export function wrongOne(value: Checksum): Checksum {
  const first = value.indexOf(':') + 1;
  return `${checksumAlgorithm(value)}:${value[first] === '0' ? '1' : '0'}${value.slice(first + 1)}`;
}
