import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeChunks } from './aws-chunked.ts';
import { compositeOf, digestOf, multipartType } from './s3-checksums.ts';
import { checkSignature, chunkSignature, sign, signingKey, type Signature } from './s3-signature.ts';

/** The examples of docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and its neighbours. */
const USER = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const RULES = { users: [USER], region: 'us-east-1', now: Date.UTC(2013, 4, 24) };
const NOTHING = createHash('sha256').update('').digest('hex');

describe('a signature', () => {
  it('in the header is that of the published example', () => {
    const request = {
      method: 'GET',
      url: '/test.txt',
      headers: {
        host: 'examplebucket.s3.amazonaws.com',
        range: 'bytes=0-9',
        'x-amz-content-sha256': NOTHING,
        'x-amz-date': '20130524T000000Z',
        authorization: 'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      },
    };
    expect(checkSignature(request, RULES).user).toBe(USER);
    expect(() => checkSignature({ ...request, headers: { ...request.headers, range: 'bytes=0-8' } }, RULES)).toThrow(/does not match/);
    expect(() => checkSignature({ ...request, url: '/test.txt?acl' }, RULES)).toThrow(/does not match/);
    expect(() => checkSignature({ ...request, method: 'PUT' }, RULES)).toThrow(/does not match/);
  });

  it('in the address is that of the published example, until it expires', () => {
    const url = '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
    const request = { method: 'GET', url, headers: { host: 'examplebucket.s3.amazonaws.com' } };
    expect(checkSignature(request, RULES).user).toBe(USER);
    expect(() => checkSignature(request, { ...RULES, now: RULES.now + 86_401_000 })).toThrow('Request has expired');
    expect(() => checkSignature({ ...request, url: url.replace('86400', '86401') }, RULES)).toThrow(/does not match/);
  });

  it('of chunks is that of the published example', async () => {
    const signature: Signature = { user: USER, key: signingKey(USER.secretAccessKey, '20130524', 'us-east-1'), scope: '20130524/us-east-1/s3/aws4_request', timestamp: '20130524T000000Z', signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9', payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' };
    const [first, second, last] = ['ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648', '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497', 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'];
    expect(chunkSignature(signature, signature.signature, createHash('sha256').update('a'.repeat(65_536)).digest('hex'))).toBe(first);
    const body = `10000;chunk-signature=${first}\r\n${'a'.repeat(65_536)}\r\n400;chunk-signature=${second}\r\n${'a'.repeat(1024)}\r\n0;chunk-signature=${last}\r\n\r\n`;
    const read = async (text: string, piece: number) => {
      const pieces = Array.from({ length: Math.ceil(text.length / piece) }, (_, at) => Buffer.from(text.slice(at * piece, (at + 1) * piece)));
      const read: Buffer[] = [];
      for await (const one of decodeChunks(iterate(pieces), signature, new Map())) read.push(one);
      return Buffer.concat(read).toString();
    };
    for (const piece of [7, 1000, 100_000]) expect(await read(body, piece)).toBe('a'.repeat(66_560));
    await expect(read(body.replace('aaa\r\n400', 'aab\r\n400'), 1000)).rejects.toThrow(/chunk does not match/);
    await expect(read(body.slice(0, -90), 1000)).rejects.toThrow(/terminated unexpectedly/);
    await expect(read(body.replace('10000;', '0FFFF;'), 1000)).rejects.toThrow(/does not match|does not end/);
  });

  it('of trailing headers is that of the published example', async () => {
    const signature: Signature = { user: USER, key: signingKey(USER.secretAccessKey, '20130524', 'us-east-1'), scope: '20130524/us-east-1/s3/aws4_request', timestamp: '20130524T000000Z', signature: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e', payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' };
    const [first, second, last, trailer] = ['b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2', '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7', '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992', 'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435'];
    const body = `10000;chunk-signature=${first}\r\n${'a'.repeat(65_536)}\r\n400;chunk-signature=${second}\r\n${'a'.repeat(1024)}\r\n0;chunk-signature=${last}\r\nx-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:${trailer}\r\n\r\n`;
    const read = async (text: string) => {
      const trailers = new Map<string, string>();
      const read: Buffer[] = [];
      for await (const one of decodeChunks(iterate([Buffer.from(text)]), signature, trailers)) read.push(one);
      return { size: Buffer.concat(read).length, trailers };
    };
    expect(await read(body)).toEqual({ size: 66_560, trailers: new Map([['x-amz-checksum-crc32c', 'sOO8/Q==']]) });
    expect((await digestOf('crc32c', [Buffer.alloc(66_560, 'a')])).toString('base64')).toBe('sOO8/Q==');
    await expect(read(body.replace('sOO8', 'sOO9'))).rejects.toThrow(/trailing headers does not match/);
  });
});

async function* iterate(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield Promise.resolve(piece);
}

describe('what is wrong with a request', () => {
  const timestamp = '20130524T000000Z';
  const signed = (extra: Record<string, string> = {}, secret = USER.secretAccessKey, region = 'us-east-1') => {
    const headers: Record<string, string> = { host: 'h', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'x-amz-date': timestamp, ...extra };
    const names = Object.keys(headers).sort();
    const canonical = ['GET', '/a', '', ...names.map((name) => `${name}:${headers[name]}`), '', names.join(';'), 'UNSIGNED-PAYLOAD'].join('\n');
    const scope = `20130524/${region}/s3/aws4_request`;
    const signature = sign(signingKey(secret, '20130524', region), ['AWS4-HMAC-SHA256', timestamp, scope, createHash('sha256').update(canonical).digest('hex')]);
    return { method: 'GET', url: '/a', headers: { ...headers, authorization: `AWS4-HMAC-SHA256 Credential=${USER.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}` } };
  };
  const code = (request: ReturnType<typeof signed> | (Omit<ReturnType<typeof signed>, 'headers'> & { headers: Record<string, string> }), rules: Partial<typeof RULES> & { users?: readonly { accessKeyId: string; secretAccessKey: string; sessionToken?: string }[] } = {}) => {
    try {
      checkSignature(request, { ...RULES, ...rules });
      return 'ok';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it('has the code that S3 gives', () => {
    expect(code(signed())).toBe('ok');
    expect(code(signed({}, 'wrong'))).toBe('SignatureDoesNotMatch');
    expect(code(signed({}, USER.secretAccessKey, 'eu-west-1'))).toBe('AuthorizationHeaderMalformed');
    expect(code({ ...signed(), headers: { host: 'h' } })).toBe('AccessDenied');
    expect(code({ ...signed(), headers: { ...signed().headers, 'x-amz-meta-late': '1' } })).toBe('AccessDenied');
    expect(code(signed(), { users: [] })).toBe('InvalidAccessKeyId');
    expect(code(signed(), { now: RULES.now + 16 * 60_000 })).toBe('RequestTimeTooSkewed');
    expect(code(signed(), { now: RULES.now - 16 * 60_000 })).toBe('RequestTimeTooSkewed');
    expect(code(signed(), { now: RULES.now + 14 * 60_000 })).toBe('ok');
    const temporary = [{ ...USER, sessionToken: 'token' }];
    expect(code(signed(), { users: temporary })).toBe('InvalidToken');
    expect(code(signed({ 'x-amz-security-token': 'old' }), { users: temporary })).toBe('InvalidToken');
    expect(code(signed({ 'x-amz-security-token': 'token' }), { users: temporary })).toBe('ok');
  });
});

describe('checksums', () => {
  it('of parts together are digests of digests with their number', async () => {
    const parts = ['one', 'two'].map((text) => createHash('sha256').update(text).digest());
    const whole = createHash('sha256').update(Buffer.concat(parts)).digest('base64');
    expect(await compositeOf('sha256', parts.map((part) => part.toString('base64')))).toBe(`${whole}-2`);
  });

  it('are of the type that S3 knows', () => {
    expect(['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'].map((name) => multipartType(name as never, undefined))).toEqual(['COMPOSITE', 'COMPOSITE', 'FULL_OBJECT', 'COMPOSITE', 'COMPOSITE']);
    expect(multipartType('crc32c', 'FULL_OBJECT')).toBe('FULL_OBJECT');
    expect(() => multipartType('sha256', 'FULL_OBJECT')).toThrow(/cannot be used/);
    expect(() => multipartType('crc64nvme', 'COMPOSITE')).toThrow(/cannot be used/);
  });

  it.each([
    ['crc32', 'y/Q5Jg=='],
    ['crc32c', '4waSgw=='],
    ['crc64nvme', 'rosUhgp5mIg='],
  ] as const)('%s of the digits', async (name, value) => {
    expect((await digestOf(name, [Buffer.from('123456789')])).toString('base64')).toBe(value);
  });
});
