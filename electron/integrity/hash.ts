import { createHash } from 'node:crypto';
import { Readable, addAbortSignal } from 'node:stream';
import { createBLAKE3, createCRC32, createCRC64, createXXHash128, createXXHash3, createXXHash64 } from 'hash-wasm';
import { type Checksum, type Checksums, type HashName, formatChecksum } from '../../shared/storage/checksum.ts';
import type { Pace } from './pace.ts';
import { giveBack } from './lent-pieces.ts';

/** One digest in the making. `digest` may be called once. */
export interface Hasher {
  update(chunk: Uint8Array): void;
  digest(): Checksum;
}

interface RawHasher {
  update(chunk: Uint8Array): unknown;
  digest(encoding: 'hex'): string;
}

/** Reflected CRC-32C polynomial, RFC 3720 appendix B.4. */
const CRC32C_POLYNOMIAL = 0x82f63b78;
/** Reflected CRC-64/NVME polynomial, NVM Express NVM Command Set specification 1.0, section 5.2.1.3.4. */
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5';

/** Node's crypto is BoringSSL in Electron and knows few digests, so the others come from hash-wasm. */
const FACTORIES: Readonly<Record<HashName, () => RawHasher | Promise<RawHasher>>> = {
  sha256: () => createHash('sha256'),
  sha512: () => createHash('sha512'),
  sha1: () => createHash('sha1'),
  md5: () => createHash('md5'),
  crc32: () => createCRC32(),
  crc32c: () => createCRC32(CRC32C_POLYNOMIAL),
  crc64nvme: () => createCRC64(CRC64NVME_POLYNOMIAL),
  xxh64: () => createXXHash64(),
  xxh3: () => createXXHash3(),
  xxh128: () => createXXHash128(),
  blake3: () => createBLAKE3(),
};

export async function createHasher(algorithm: HashName): Promise<Hasher> {
  const raw = await FACTORIES[algorithm]();
  return {
    update: (chunk) => {
      raw.update(chunk);
    },
    digest: () => formatChecksum(algorithm, raw.digest('hex')),
  };
}

/** Several digests of the same bytes in one pass. */
export class MultiHash {
  readonly #hashers: readonly (readonly [HashName, Hasher])[];

  private constructor(hashers: readonly (readonly [HashName, Hasher])[]) {
    this.#hashers = hashers;
  }

  static async create(algorithms: Iterable<HashName>): Promise<MultiHash> {
    const names = [...new Set(algorithms)];
    return new MultiHash(await Promise.all(names.map(async (name) => [name, await createHasher(name)] as const)));
  }

  update(chunk: Uint8Array): void {
    for (const [, hasher] of this.#hashers) hasher.update(chunk);
  }

  /** May be called once, at the end. */
  digests(): Checksums {
    return Object.fromEntries(this.#hashers.map(([name, hasher]) => [name, hasher.digest()]));
  }
}

/** Hashes a stream to its end, and gives its pieces back. `onBytes` gets the number of bytes so far. */
export async function hashStream(
  stream: AsyncIterable<Uint8Array>,
  algorithms: Iterable<HashName>,
  options: { readonly signal?: AbortSignal | undefined; readonly onBytes?: ((bytes: number) => void) | undefined; readonly pace?: Pace | undefined } = {},
): Promise<{ readonly size: number; readonly checksums: Checksums }> {
  if (options.signal && stream instanceof Readable) addAbortSignal(options.signal, stream);
  const hash = await MultiHash.create(algorithms);
  let size = 0;
  for await (const chunk of stream) {
    options.signal?.throwIfAborted();
    hash.update(chunk);
    size += chunk.length;
    const wait = options.pace?.take(chunk.length, options.signal);
    giveBack(chunk);
    if (wait !== undefined) await wait;
    options.onBytes?.(size);
  }
  return { size, checksums: hash.digests() };
}
