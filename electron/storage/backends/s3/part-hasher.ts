import type { Checksum, HashName } from '../../../../shared/storage/checksum.ts';
import { checksumHex } from '../../../../shared/storage/checksum.ts';
import { MultiHash } from '../../../integrity/hash.ts';

/** Bytes hashed at once: more would stall the loop for more than a few milliseconds. */
const PIECE = 1024 * 1024;

/** Digests of bytes that lie in memory, without stalling the loop. */
export async function digestsOf(bytes: Uint8Array, algorithms: readonly HashName[]): Promise<Partial<Readonly<Record<HashName, Checksum>>>> {
  const hash = await MultiHash.create(algorithms);
  for (let at = 0; at < bytes.length; at += PIECE) {
    hash.update(bytes.subarray(at, at + PIECE));
    if (at + PIECE < bytes.length) await new Promise((resolve) => setImmediate(resolve));
  }
  return hash.digests();
}

/** As S3's headers carry digests. */
export function base64Of(checksum: Checksum): string {
  return Buffer.from(checksumHex(checksum), 'hex').toString('base64');
}
