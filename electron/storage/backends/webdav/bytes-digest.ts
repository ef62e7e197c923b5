import { createHash } from 'node:crypto';
import { type Checksum, type Checksums, type HashName, formatChecksum } from '../../../../shared/storage/checksum.ts';
import { WANT_REPR_DIGEST, parseReprDigest } from '../../http/digest-fields.ts';
import { discard, headerOf, type HttpClient, isSuccess } from '../../http/http-client.ts';
import { isIdentity } from '../../http/open-file.ts';
import type { OperationOptions } from '../../operation-options.ts';
import { parseCount } from './entry.ts';

/** The digests that node:crypto knows and servers take; of small pieces only, as nothing else gets its turn meanwhile. */
const SENT_HASHES = ['sha256', 'sha512', 'sha1', 'md5'] as const satisfies readonly HashName[];

export type SentHash = (typeof SENT_HASHES)[number];

export function checksumOf(algorithm: SentHash, pieces: readonly Uint8Array[]): Checksum {
  const hash = createHash(algorithm);
  for (const piece of pieces) hash.update(piece);
  return formatChecksum(algorithm, hash.digest('hex'));
}

export function checksumsOf(bytes: Uint8Array): Checksums {
  return Object.fromEntries(SENT_HASHES.map((name) => [name, checksumOf(name, [bytes])]));
}

/** What HEAD tells of a file. */
export interface Told {
  /** bytes; null where it does not say */
  readonly size: number | null;
  readonly checksums: Checksums;
}

/** Asks with `Want-Repr-Digest` (RFC 9530 section 4). @returns null when there is no such file or HEAD is not known @param workload bytes that the server may have to hash */
export async function toldDigests(client: HttpClient, uri: string, { signal, workload }: OperationOptions & { readonly workload?: number | undefined }): Promise<Told | null> {
  const answer = await client.send('HEAD', uri, { signal, workload, headers: { 'want-repr-digest': WANT_REPR_DIGEST } });
  await discard(answer);
  if (!isSuccess(answer)) return null;
  // A digest of another coding is not of the stored bytes.
  if (!isIdentity(answer)) return { size: null, checksums: {} };
  return { size: parseCount(headerOf(answer, 'content-length')), checksums: parseReprDigest(answer.headers['repr-digest']) };
}
