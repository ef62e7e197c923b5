import { describe, expect, test } from 'vitest';
import { StorageError } from '../../shared/storage/errors.ts';
import { wrapError } from './wrap-error.ts';

const system = (code: string, cause?: unknown) => Object.assign(new Error(`${code}: it failed`, { cause }), { code });

describe('wrapError', () => {
  test.each([
    ['ENOENT', 'not_found'],
    ['EEXIST', 'already_exists'],
    ['EACCES', 'permission_denied'],
    ['ENOSPC', 'out_of_space'],
    ['ENAMETOOLONG', 'invalid_location'],
    ['EMFILE', 'unavailable'],
    ['UND_ERR_HEADERS_TIMEOUT', 'unavailable'],
    ['CERT_HAS_EXPIRED', 'untrusted_server'],
    ['EWHATEVER', 'unexpected'],
    ['toString', 'unexpected'],
    ['__proto__', 'unexpected'],
  ])('%s is %s', (code, expected) => {
    const cause = system(code);
    const wrapped = wrapError(cause, 'store a.bin', { uri: 'file:///a.bin' });
    expect(wrapped.code).toBe(expected);
    expect(wrapped.context).toEqual({ uri: 'file:///a.bin', system: code });
    expect(wrapped.message).toBe(`Could not store a.bin: ${code}: it failed.`);
    expect(wrapped.cause).toBe(cause);
  });

  test('finds the code under wrappers that have none or one that says nothing', () => {
    expect(wrapError(new TypeError('fetch failed', { cause: system('ECONNREFUSED') }), 'ask').code).toBe('unavailable');
    expect(wrapError(system('ERR_OUTER', system('ENOSPC')), 'store').code).toBe('out_of_space');
  });

  test('does not go around in circles', () => {
    const error = new Error('a');
    error.cause = error;
    expect(wrapError(error, 'store').code).toBe('unexpected');
  });

  test('leaves the one error as it is', () => {
    const error = new StorageError('rate_limited', 'Slow down.');
    expect(wrapError(error, 'store')).toBe(error);
  });

  test('an abort is a cancel, a timeout is not', () => {
    expect(wrapError(new DOMException('x', 'AbortError'), 'store').code).toBe('canceled');
    expect(wrapError(new DOMException('x', 'TimeoutError'), 'store')).toMatchObject({ code: 'unavailable', retryable: true });
  });

  test('takes what is no error at all', () => {
    expect(wrapError('just text', 'store').message).toBe('Could not store: just text.');
    expect(wrapError(undefined, 'store').code).toBe('unexpected');
  });
});
