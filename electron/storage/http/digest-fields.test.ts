import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { formatChecksum } from '../../../shared/storage/checksum.ts';
import { formatReprDigest, parseReprDigest, WANT_REPR_DIGEST } from './digest-fields.ts';

// RFC 9530 appendix B.1: {"hello": "world"} and a line feed.
const EXAMPLE = 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:';
const BODY = '{"hello": "world"}\n';
const sha256 = formatChecksum('sha256', createHash('sha256').update(BODY).digest('hex'));
const sha512 = formatChecksum('sha512', createHash('sha512').update(BODY).digest('hex'));
const SHA512 = `sha-512=:${createHash('sha512').update(BODY).digest('base64')}:`;

test('asks for what it can read', () => expect(WANT_REPR_DIGEST).toBe('sha-256=10, sha-512=9'));

test('writes the example of the RFC, and nothing that the field does not know', () => {
  expect(formatReprDigest(sha256)).toBe(EXAMPLE);
  expect(formatReprDigest(formatChecksum('md5', 'ab'.repeat(16)))).toBeNull();
});

test.each([
  [EXAMPLE, { sha256 }],
  [SHA512, { sha512 }],
  [`${SHA512},\t${EXAMPLE}`, { sha256, sha512 }],
  [`  ${EXAMPLE};computed;by="us, \\"here\\"";at=1.5  `, { sha256 }],
  [`md5=:AAAA:, a, b=?0, c=(1 "x";y  :AAAA:), ${EXAMPLE}, d=-3.25`, { sha256 }],
  [`sha-256=:AAAA:, ${EXAMPLE}`, { sha256 }],
  [`${EXAMPLE}, sha-256="text"`, {}],
  [[EXAMPLE, SHA512], { sha256, sha512 }],
  ['sha-256=:AAAA:', {}],
  ['', {}],
  [null, {}],
  [undefined, {}],
])('reads %j', (field, found) => expect(parseReprDigest(field)).toEqual(found));

test.each([`${EXAMPLE},`, `,${EXAMPLE}`, `${EXAMPLE} ${SHA512}`, EXAMPLE.toUpperCase(), EXAMPLE.replace('=:', ' = :'), EXAMPLE.slice(0, -1), `${EXAMPLE}, "x"`, 'sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=', `${EXAMPLE}; =1`, `\u00e9=1, ${EXAMPLE}`])('takes %j for no digest', (field) => {
  expect(parseReprDigest(field)).toEqual({});
});

test('a long list without an end costs no time', () => {
  expect(parseReprDigest(`a=(${'b'.repeat(5000)} ${'c '.repeat(5000)}`)).toEqual({});
});
