import { expect, test } from 'vitest';
import { RequestSigner } from './sigv4.ts';

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const KEYS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const host = 'examplebucket.s3.amazonaws.com';

// The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
test.each([
  ['GET', '/test.txt', '', { range: 'bytes=0-9', 'x-amz-content-sha256': EMPTY }, 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41'],
  ['PUT', '/test%24file.text', '', { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY', 'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072' }, '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd'],
  ['GET', '/', 'lifecycle=', { 'x-amz-content-sha256': EMPTY }, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
  ['GET', '/', 'max-keys=2&prefix=J', { 'x-amz-content-sha256': EMPTY }, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
])('signs %s %s?%s as Amazon’s example', (method, path, query, headers, signature) => {
  const signer = new RequestSigner('us-east-1', 's3');
  const sign = () => signer.sign({ method, path, query, headers: { ...headers, host } as Record<string, string> }, KEYS, new Date('2013-05-24T00:00:00Z'));
  expect(sign()['authorization']).toMatch(new RegExp(`Signature=${signature}$`));
  // With the key that it remembers of the day too.
  expect(sign()['authorization']).toMatch(new RegExp(`Signature=${signature}$`));
});

test('a token of temporary keys is signed with the rest, and other keys sign otherwise', () => {
  const signer = new RequestSigner('us-east-1', 's3');
  const sign = (keys: typeof KEYS & { sessionToken?: string }) => signer.sign({ method: 'GET', path: '/', query: '', headers: { host, 'x-amz-content-sha256': EMPTY } }, keys, new Date('2013-05-24T00:00:00Z'));
  const signed = sign({ ...KEYS, sessionToken: 'token' });
  expect(signed).toMatchObject({ 'x-amz-security-token': 'token', authorization: expect.stringContaining('x-amz-security-token') });
  expect(sign({ ...KEYS, secretAccessKey: 'another' })['authorization']).not.toBe(sign(KEYS)['authorization']);
});
