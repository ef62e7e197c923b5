import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import type { Findings } from './findings.ts';
import { MAX_HELD, MAX_PART_SIZE, MAX_PARTS, MIB } from './part-size.ts';
import type { S3Settings } from './settings.ts';

/** Amazon’s limit (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html), and that of servers made after its older one. */
const LARGEST_AT_AMAZON = MAX_PARTS * MAX_PART_SIZE;
const LARGEST_ELSEWHERE = 5 * 1024 * 1024 * MIB;

export function capabilitiesOf(findings: Findings, { endpoint, signIn }: Pick<S3Settings, 'endpoint' | 'signIn'>): Capabilities {
  const { list, rangeRead, write, full, parts, checksum, etagIsMd5, versions } = findings;
  return {
    read: true,
    list,
    makeDirectory: write && list,
    move: write && list,
    delete: write || full,
    rangeRead,
    initialize: false,
    update: false,
    resume: write && parts !== null && parts.listed,
    noOverwrite: findings.noOverwrite,
    // Whole or not at all, but the whole can be proven only when it is there.
    atomicPublish: false,
    preserveModified: false,
    versions,
    link: signIn.kind !== 'anonymous',
    serverDigest: [...(checksum === null ? [] : [checksum]), ...(etagIsMd5 ? (['md5'] as const) : [])],
    maximumSize: parts === null && write ? MAX_HELD : endpoint === null ? LARGEST_AT_AMAZON : LARGEST_ELSEWHERE,
  };
}
