import type { Checksum } from '../../../../shared/storage/checksum.ts';
import type { Published } from '../../write-handle.ts';
import type { Findings } from './findings.ts';
import { md5Of, type ObjectFacts } from './object-facts.ts';

/** By its ETag an object can be told from another one that came in between. */
export interface S3Published extends Published {
  readonly etag: string;
}

/** What is known of an object that was just stored, from what the server says of it now. */
export function publishedAs(findings: Findings, facts: ObjectFacts, more: Pick<Published, 'transit' | 'parts'> = {}): S3Published {
  const digest = digestOf(findings, facts);
  return {
    ...more,
    etag: facts.etag,
    modified: facts.modified,
    ...(facts.versionId !== null && { versionId: facts.versionId }),
    ...(facts.size !== null && { size: facts.size }),
    ...(digest !== null && { serverDigest: digest }),
  };
}

/** The digest that the server computed over the whole object; null where it has none. One that it merely keeps does not count. */
export function digestOf({ checksum, etagIsMd5 }: Findings, facts: Pick<ObjectFacts, 'checksums' | 'etag' | 'etagEncrypted'>): Checksum | null {
  const told = checksum === null ? undefined : facts.checksums[checksum];
  return told ?? (etagIsMd5 ? md5Of(facts) : null);
}
