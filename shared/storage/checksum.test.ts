import { describe, expect, test } from 'vitest';
import { HASH_HEX_LENGTHS, HASH_NAMES, checksumAlgorithm, checksumHex, formatChecksum, isHashName, parseChecksum, parseHashName } from './checksum.ts';

const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';

describe('a checksum', () => {
  test.each(HASH_NAMES)('of %s is read, taken apart and put together again', (algorithm) => {
    const hex = '0123456789abcdef'.repeat(8).slice(0, HASH_HEX_LENGTHS[algorithm]);
    const checksum = parseChecksum(`${algorithm}:${hex}`);
    expect(checksum).toBe(`${algorithm}:${hex}`);
    expect(checksumAlgorithm(checksum)).toBe(algorithm);
    expect(checksumHex(checksum)).toBe(hex);
    expect(formatChecksum(algorithm, hex)).toBe(checksum);
  });

  test.each([`MD5:${MD5.toUpperCase()}`, ` md5:${MD5}\n`, `Md5:${MD5}`])('is read from %j in one spelling', (text) => {
    expect(parseChecksum(text)).toBe(`md5:${MD5}`);
  });

  test.each([
    ['', '"" is not a checksum: expected "algorithm:hex"'],
    [MD5, `"${MD5}" is not a checksum: expected "algorithm:hex"`],
    [`:${MD5}`, 'is not a checksum'],
    ['md5:', '"" is not a md5 digest: expected 32 hexadecimal digits, got 0 characters'],
    [`md5:${MD5}0`, 'expected 32 hexadecimal digits, got 33 characters'],
    [`sha256:${MD5}`, `"${MD5}" is not a sha256 digest: expected 64 hexadecimal digits, got 32 characters`],
    [`md5:${MD5.replace('d', 'g')}`, 'is not a md5 digest'],
    [`md5: ${MD5.slice(1)}`, 'is not a md5 digest'],
    [`md5:${MD5.slice(1)}\u0661`, 'is not a md5 digest'],
    [`rot13:${MD5}`, 'Unknown checksum algorithm "rot13". Known: sha256, sha512, sha1, md5,'],
  ])('%j is refused with the value and what was expected', (text, words) => {
    expect(() => parseChecksum(text)).toThrow(words);
    expect(() => parseChecksum(text)).toThrow(expect.objectContaining({ code: 'invalid_config' }));
  });

  test('a very long value is not repeated whole', () => {
    try {
      parseChecksum(`md5:${'a'.repeat(100_000)}`);
      expect.fail('accepted');
    } catch (error) {
      expect(String(error).length).toBeLessThan(400);
    }
  });
});

describe('an algorithm', () => {
  test.each([
    ['SHA-256', 'sha256'],
    ['sha_512', 'sha512'],
    ['CRC64-NVME', 'crc64nvme'],
    ['crc-32c', 'crc32c'],
    ['XXH128', 'xxh128'],
    [' blake3 ', 'blake3'],
  ])('%j is %s', (text, name) => expect(parseHashName(text)).toBe(name));

  test.each(['', 'md4', 'toString', '__proto__', 'constructor', 'sha2566'])('%j is not known', (text) => {
    expect(isHashName(text)).toBe(false);
    expect(() => parseHashName(text)).toThrow('Unknown checksum algorithm');
  });
});
