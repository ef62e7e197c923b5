import { GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileDetail } from '../../../../shared/storage/file-instance.ts';
import { serverWords } from '../../http/status.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { DECLARED_SHA256, UPLOAD_MARK } from './declared.ts';
import { meaningOf } from './etag.ts';
import type { Findings } from './findings.ts';
import { askFacts, type ObjectFacts } from './object-facts.ts';
import type { S3Session } from './session.ts';

export interface DetailOptions extends OperationOptions {
  readonly uri: string;
  readonly versionId?: string | undefined;
  readonly findings: Findings;
}

/** Digests that uploaders write beside an object, by the names under which they do. */
const DECLARED: Readonly<Record<string, { readonly name: string; readonly encoding: 'hex' | 'base64' }>> = {
  [DECLARED_SHA256]: { name: 'sha256', encoding: 'hex' },
  sha256: { name: 'sha256', encoding: 'hex' },
  md5: { name: 'md5', encoding: 'hex' },
  // rclone's
  md5chksum: { name: 'md5', encoding: 'base64' },
};

/** What the server says of an object beside its size and time, in words for people. @throws StorageError not_found */
export async function detailsOf(session: S3Session, key: string, { uri, versionId, findings, signal }: DetailOptions): Promise<readonly FileDetail[]> {
  const facts = await askFacts(session, key, { uri, versionId, signal });
  const { head } = facts;
  const tags = (head.TagCount ?? 0) > 0 ? await tagsOf(session, key, { uri, versionId, signal }) : [];
  const details: readonly (readonly [string, string | undefined])[] = [
    ['Storage class', head.StorageClass ?? 'STANDARD (the server names none)'],
    ['ETag', facts.etag === '' ? undefined : `${facts.etag}: ${etagWords(facts, findings)}`],
    ...Object.values(facts.checksums).map((checksum) => [`Checksum of the whole (${findings.checksum === null ? 'kept by the server, not known to be checked' : 'computed by the server'})`, checksum] as const),
    ['Version', facts.versionId ?? undefined],
    ['Content type', head.ContentType],
    ['Content encoding', head.ContentEncoding],
    ['Encryption', encryptionWords(facts)],
    ['Archive', head.ArchiveStatus ?? head.Restore],
    ['Replication', head.ReplicationStatus],
    ['Locked until', head.ObjectLockRetainUntilDate?.toISOString()],
    ['Legal hold', head.ObjectLockLegalHoldStatus],
    ['Expires', head.Expiration],
    ...Object.entries(facts.metadata).filter(([name]) => name !== UPLOAD_MARK).map(([name, value]) => detailOf(name, value, 'Metadata')),
    ...tags.map(([name, value]) => detailOf(name, value, 'Tag')),
  ];
  return details.flatMap(([label, value]) => (value === undefined || value === '' ? [] : [{ label: serverWords(label, []), value: serverWords(value, []) }]));
}

function detailOf(name: string, value: string, kind: string): readonly [string, string] {
  const declared = DECLARED[name.toLowerCase()];
  if (declared === undefined) return [`${kind} ${name}`, value];
  return [`Declared ${declared.name} (as sent by the uploader)`, declared.encoding === 'hex' ? value : Buffer.from(value, 'base64').toString('hex')];
}

function etagWords(facts: ObjectFacts, { etagIsMd5 }: Findings): string {
  const meaning = meaningOf(facts.etag);
  if (facts.etagEncrypted) return 'no digest of the bytes, because the object is encrypted with a key of its own';
  if (meaning.kind === 'opaque') return 'no digest of the bytes';
  if (!etagIsMd5) return 'looks like an MD5, but it was not seen that this server’s ETags are';
  if (meaning.kind === 'md5') return 'the MD5 of the bytes';
  return `the MD5 of the MD5s of its ${meaning.parts} ${meaning.parts === 1 ? 'part' : 'parts'}; to compare it, a file must be cut in the same way`;
}

function encryptionWords({ head }: ObjectFacts): string | undefined {
  if (head.SSECustomerAlgorithm !== undefined) return `${head.SSECustomerAlgorithm} with a key of the uploader’s`;
  return head.ServerSideEncryption === undefined ? undefined : `${head.ServerSideEncryption}${head.SSEKMSKeyId === undefined ? '' : ` (${head.SSEKMSKeyId})`}`;
}

async function tagsOf(session: S3Session, key: string, { uri, versionId, signal }: Omit<DetailOptions, 'findings'>): Promise<readonly (readonly [string, string])[]> {
  try {
    const { TagSet = [] } = await session.send(new GetObjectTaggingCommand({ Bucket: session.bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) }), { doing: `read the tags of ${uri}`, uri, signal });
    return TagSet.map(({ Key = '', Value = '' }) => [Key, Value] as const);
  } catch (error) {
    // Tags have a right of their own.
    if (error instanceof StorageError && error.code === 'permission_denied') return [];
    throw error;
  }
}
