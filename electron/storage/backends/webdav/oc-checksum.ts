import { type Checksum, checksumAlgorithm, checksumHex } from '../../../../shared/storage/checksum.ts';
import type { SentHash } from './bytes-digest.ts';

/** Algorithms of the `OC-Checksum` header that we compute, the strongest first. */
export const OC_HASHES: readonly SentHash[] = ['sha256', 'sha1', 'md5'];

export function formatOcChecksum(checksum: Checksum): string {
  return `${checksumAlgorithm(checksum).toUpperCase()}:${checksumHex(checksum)}`;
}

/** One digest of a header or of the property `oc:checksums`, in the server's words. */
export interface ToldDigest {
  readonly algorithm: string;
  readonly hex: string;
}

/** Reads e.g. `SHA1:... MD5:... ADLER32:...`. What is no digest is left out. */
export function parseOcChecksums(text: string): readonly ToldDigest[] {
  return [...text.matchAll(/(?:^|\s)([A-Za-z0-9-]{3,12}):([0-9A-Fa-f]{8,128})(?=\s|$)/g)].map(([, algorithm = '', hex = '']) => ({ algorithm: algorithm.toUpperCase(), hex: hex.toLowerCase() }));
}
