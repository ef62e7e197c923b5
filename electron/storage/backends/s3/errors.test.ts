import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { refusalIn, regionIn, s3Failure, wordOf } from './errors.ts';

const REQUEST = { doing: 'store s3://b/k', uri: 's3://b/k', server: 'https://s3.example.org', secrets: ['geheim'], signal: undefined };

/** As the SDK throws it. */
function refused(name: string, status: number, message = 'UnknownError', headers: Record<string, string> = {}, more: object = {}): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status }, $response: { headers }, ...more });
}

describe('what a server refuses', () => {
  test.each<[string, number, string]>([
    ['AccessDenied', 403, 'permission_denied'],
    ['SignatureDoesNotMatch', 403, 'authentication_failed'],
    ['InvalidAccessKeyId', 403, 'authentication_failed'],
    ['ExpiredToken', 400, 'authentication_failed'],
    ['NoSuchBucket', 404, 'not_found'],
    ['NoSuchKey', 404, 'not_found'],
    ['BadDigest', 400, 'checksum_mismatch'],
    ['PreconditionFailed', 412, 'already_exists'],
    ['QuotaExceeded', 403, 'out_of_space'],
    ['EntityTooLarge', 400, 'size_limit_exceeded'],
    ['KeyTooLongError', 400, 'invalid_location'],
    ['SlowDown', 503, 'rate_limited'],
    ['InternalError', 500, 'unavailable'],
    ['NotImplemented', 501, 'unsupported'],
    ['Unknown', 403, 'permission_denied'],
    ['UnknownError', 503, 'rate_limited'],
    ['404', 404, 'not_found'],
    ['SomethingNew', 400, 'unexpected'],
    ['SomethingNew', 599, 'unavailable'],
  ])('%s (%d) is %s', (name, status, code) => {
    const error = s3Failure(refused(name, status), REQUEST);
    expect(error.code).toBe(code);
    expect(error.message).not.toContain('UnknownError');
    expect(error.message).toMatch(/s3:\/\/b\/k|these keys/);
    expect(error.context['status']).toBe(status);
  });

  test('is told in the server’s words, without secrets and escapes', () => {
    const error = s3Failure(refused('InvalidArgument', 400, 'The \u001b[31mgeheim value <b>is</b> bad'), REQUEST);
    expect(error.message).toBe('Could not store s3://b/k: InvalidArgument: The *** value is bad.');
    expect(wordOf(error)).toBe('InvalidArgument');
  });

  test('a wait that it asks for is told', () => {
    expect(s3Failure(refused('SlowDown', 503, 'Slow down', { 'retry-after': '7' }), REQUEST)).toMatchObject({ retryable: true, context: { retryAfterSeconds: 7 } });
  });

  test('a quota is no limit of the size', () => {
    expect(s3Failure(refused('EntityTooLarge', 413, 'Upload exceeds quota.'), REQUEST).code).toBe('out_of_space');
    expect(s3Failure(refused('EntityTooLarge', 413, 'Your proposed upload exceeds the maximum allowed object size.'), REQUEST).code).toBe('size_limit_exceeded');
  });

  test('another clock is told with both times', () => {
    const { message, context } = s3Failure(refused('RequestTimeTooSkewed', 403, 'too large', { date: 'Tue, 24 Nov 2026 12:00:00 GMT' }), REQUEST);
    expect(context).toMatchObject({ reason: 'clock' });
    expect(message).toContain('the server 2026-11-24T12:00:00.000Z');
    expect(message).toContain(new Date().toISOString().slice(0, 13));
    expect(s3Failure(refused('RequestTimeTooSkewed', 403), REQUEST).message).toContain('does not tell its time');
  });

  test('another region is told where the server says it', () => {
    const byHeader = refused('PermanentRedirect', 301, 'x', { 'x-amz-bucket-region': 'eu-west-1' });
    const inBody = refused('AuthorizationHeaderMalformed', 400, "the region 'a' is wrong; expecting 'eu-west-2'", {}, { Region: 'eu-west-2' });
    for (const [error, region] of [[byHeader, 'eu-west-1'], [inBody, 'eu-west-2'], [refused('AuthorizationHeaderMalformed', 400, "expecting 'eu-west-3'"), 'eu-west-3']] as const) {
      const refusal = refusalIn(error);
      expect(refusal === null ? null : regionIn(refusal, error)).toBe(region);
      expect(s3Failure(error, REQUEST)).toMatchObject({ code: 'invalid_config', message: expect.stringContaining(`the region ${region}`) });
    }
    const evil = refused('PermanentRedirect', 301, 'x', { 'x-amz-bucket-region': 'evil.example.org/' });
    expect(regionIn({ word: '', status: 301, headers: { 'x-amz-bucket-region': 'evil.example.org/' } }, evil)).toBeNull();
  });

  test('the note of a deletion is no object', () => {
    expect(s3Failure(refused('MethodNotAllowed', 405, 'x', { 'x-amz-delete-marker': 'true' }), REQUEST).code).toBe('not_found');
    expect(s3Failure(refused('MethodNotAllowed', 405), REQUEST).code).toBe('unsupported');
  });
});

describe('what comes without an answer', () => {
  test('is a failure of the connection, or what lies behind it', () => {
    expect(s3Failure(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), REQUEST)).toMatchObject({ code: 'unavailable', message: expect.stringContaining('store s3://b/k') });
    expect(s3Failure(Object.assign(new Error('slow'), { code: 'UND_ERR_HEADERS_TIMEOUT' }), REQUEST)).toMatchObject({ code: 'unavailable', message: expect.stringContaining('stayed silent') });
    const untrusted = new StorageError('untrusted_server', 'Not trusted.');
    expect(s3Failure(new Error('wrapped', { cause: new Error('again', { cause: untrusted }) }), REQUEST)).toBe(untrusted);
    expect(s3Failure(untrusted, REQUEST)).toBe(untrusted);
  });

  test('a cancel is a cancel', () => {
    expect(s3Failure(Object.assign(new Error('x'), { name: 'AbortError' }), { ...REQUEST, signal: AbortSignal.abort() }).code).toBe('canceled');
  });

  test('keys that cannot be had are no connection', () => {
    expect(s3Failure(Object.assign(new Error('none'), { name: 'CredentialsProviderError' }), REQUEST).code).toBe('authentication_failed');
  });
});
