import { StorageError } from './errors.ts';

/** Every digest that Holdfast knows by name, with the length of its hexadecimal form. CRCs and XXH are written most significant byte first. */
export const HASH_HEX_LENGTHS = {
  sha256: 64,
  sha512: 128,
  sha1: 40,
  md5: 32,
  crc32: 8,
  crc32c: 8,
  crc64nvme: 16,
  xxh64: 16,
  xxh3: 16,
  xxh128: 32,
  blake3: 64,
} as const satisfies Record<string, number>;

export type HashName = keyof typeof HASH_HEX_LENGTHS;

export const HASH_NAMES = Object.keys(HASH_HEX_LENGTHS) as readonly HashName[];

export const DEFAULT_HASH: HashName = 'sha256';

/** `algorithm:hex` in lower case, e.g. `sha256:9f86...`. Only {@link parseChecksum} and {@link formatChecksum} make one. */
export type Checksum = `${HashName}:${string}`;

export function isHashName(name: string): name is HashName {
  return Object.hasOwn(HASH_HEX_LENGTHS, name);
}

/** Accepts the usual spellings (`SHA-256`, `sha256`, `CRC64-NVME`). @throws StorageError invalid_config that lists the known names */
export function parseHashName(text: string): HashName {
  const name = text.trim().toLowerCase().replaceAll(/[-_]/g, '');
  if (isHashName(name)) return name;
  throw new StorageError('invalid_config', `Unknown checksum algorithm ${JSON.stringify(text.slice(0, 60))}. Known: ${HASH_NAMES.join(', ')}.`);
}

/** @throws StorageError invalid_config when `hex` is not a digest of that algorithm */
export function formatChecksum(algorithm: HashName, hex: string): Checksum {
  const digest = hex.toLowerCase();
  const expected = HASH_HEX_LENGTHS[algorithm];
  if (digest.length !== expected || !/^[0-9a-f]+$/.test(digest)) {
    throw new StorageError('invalid_config', `${JSON.stringify(hex.slice(0, 140))} is not a ${algorithm} digest: expected ${expected} hexadecimal digits, got ${hex.length} characters.`);
  }
  return `${algorithm}:${digest}`;
}

/** Reads `algorithm:hex`. @throws StorageError invalid_config that names the value and what was expected */
export function parseChecksum(text: string): Checksum {
  const trimmed = text.trim();
  const colon = trimmed.indexOf(':');
  if (colon < 1) {
    throw new StorageError('invalid_config', `${JSON.stringify(trimmed.slice(0, 140))} is not a checksum: expected "algorithm:hex", for example "sha256:9f86...".`);
  }
  return formatChecksum(parseHashName(trimmed.slice(0, colon)), trimmed.slice(colon + 1));
}

export function checksumAlgorithm(checksum: Checksum): HashName {
  return checksum.slice(0, checksum.indexOf(':')) as HashName;
}

export function checksumHex(checksum: Checksum): string {
  return checksum.slice(checksum.indexOf(':') + 1);
}

/** Digests of the same bytes, by algorithm. */
export type Checksums = Partial<Readonly<Record<HashName, Checksum>>>;
