import { describe, expect, test } from 'vitest';
import { HASH_NAMES, type HashName } from '../../shared/storage/checksum.ts';
import { createHasher } from './hash.ts';

const NOTHING = Buffer.alloc(0);
const ABC = Buffer.from('abc');
/** the check value of a CRC is that of these characters */
const DIGITS = Buffer.from('123456789');
const MILLION = Buffer.alloc(1_000_000, 'a');
const ascending = (length: number, period: number) => Buffer.from(Array.from({ length }, (_, at) => at % period));

/** The generator of the sanity checks of the reference implementation (xxHash/tests/sanity_test.c). */
function xxhashInput(length: number): Buffer {
  let state = 2654435761n;
  return Buffer.from(
    Array.from({ length }, () => {
      const byte = Number(state >> 56n);
      state = (state * 11400714785074694797n) & 0xffff_ffff_ffff_ffffn;
      return byte;
    }),
  );
}

/** Published answers. sha: NIST FIPS 180-4 examples. md5: RFC 1321 A.5. crc32c: RFC 3720 B.4. crc64nvme: NVM Command Set 1.0, 5.2.1.3.4. xxh*: xxHash. blake3: its test_vectors.json. */
const ANSWERS: Readonly<Record<HashName, readonly (readonly [string, Buffer, string])[]>> = {
  sha256: [
    ['nothing', NOTHING, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', ABC, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['a million a', MILLION, 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ],
  sha512: [
    ['nothing', NOTHING, 'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e'],
    ['abc', ABC, 'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f'],
    ['a million a', MILLION, 'e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b'],
  ],
  sha1: [
    ['nothing', NOTHING, 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
    ['abc', ABC, 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['a million a', MILLION, '34aa973cd4c4daa4f61eeb2bdbad27316534016f'],
  ],
  md5: [
    ['nothing', NOTHING, 'd41d8cd98f00b204e9800998ecf8427e'],
    ['abc', ABC, '900150983cd24fb0d6963f7d28e17f72'],
    ['message digest', Buffer.from('message digest'), 'f96b697d7cb7938d525a2f31aaf161d0'],
  ],
  crc32: [
    ['nothing', NOTHING, '00000000'],
    ['the check value', DIGITS, 'cbf43926'],
  ],
  crc32c: [
    ['nothing', NOTHING, '00000000'],
    ['the check value', DIGITS, 'e3069283'],
    ['32 zeros', Buffer.alloc(32), '8a9136aa'],
    ['32 ones', Buffer.alloc(32, 0xff), '62a8ab43'],
    ['0 to 31', ascending(32, 256), '46dd794e'],
  ],
  crc64nvme: [
    ['nothing', NOTHING, '0000000000000000'],
    ['the check value', DIGITS, 'ae8b14860a799888'],
    ['4 KiB of zeros', Buffer.alloc(4096), '6482d367eb22b64e'],
    ['4 KiB of ones', Buffer.alloc(4096, 0xff), 'c0ddba7302eca3ac'],
    ['4 KiB counting', ascending(4096, 256), '3e729f5f6750449c'],
  ],
  xxh64: [
    ['nothing', NOTHING, 'ef46db3751d8e999'],
    ['abc', ABC, '44bc2cf5ad770999'],
    ['1 byte', xxhashInput(1), 'e934a84adb052768'],
    ['14 bytes', xxhashInput(14), '8282dcc4994e35c8'],
    ['222 bytes', xxhashInput(222), 'b641ae8cb691c174'],
  ],
  xxh3: [
    ['nothing', NOTHING, '2d06800538d394c2'],
    ['1 byte', xxhashInput(1), 'c44bdff4074eecdb'],
    ['6 bytes', xxhashInput(6), '27b56a84cd2d7325'],
    ['12 bytes', xxhashInput(12), 'a713daf0dfbb77e7'],
    ['24 bytes', xxhashInput(24), 'a3fe70bf9d3510eb'],
    ['403 bytes', xxhashInput(403), 'cdeb804d65c6dea4'],
    ['2367 bytes', xxhashInput(2367), 'cb37aeb9e5d361ed'],
  ],
  xxh128: [
    ['nothing', NOTHING, '99aa06d3014798d86001c324468d497f'],
    ['1 byte', xxhashInput(1), 'a6cd5e9392000f6ac44bdff4074eecdb'],
    ['403 bytes', xxhashInput(403), '1b6de21e332dd73dcdeb804d65c6dea4'],
  ],
  blake3: [
    ['nothing', NOTHING, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
    ['1 byte', ascending(1, 251), '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
    ['1024 bytes', ascending(1024, 251), '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
    ['1025 bytes', ascending(1025, 251), 'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444'],
  ],
};

describe.each(HASH_NAMES)('%s gives the published digest', (algorithm) => {
  test.each(ANSWERS[algorithm])('of %s', async (_label, bytes, expected) => {
    const hasher = await createHasher(algorithm);
    hasher.update(bytes);
    expect(hasher.digest()).toBe(`${algorithm}:${expected}`);
  });
});
