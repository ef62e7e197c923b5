import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationOptions } from '../../../../shared/storage/location.ts';
import { parseDavRoot, parseOptions, travelsInClear } from './settings.ts';

const credentials = (options: LocationOptions, secret: string | null = null) => parseOptions(options, secret).credentials;
const problem = (options: LocationOptions, secret: string | null = null) => {
  try {
    parseOptions(options, secret);
  } catch (error) {
    return error instanceof StorageError && error.code === 'invalid_config' ? error.context['field'] : 'another error';
  }
  return null;
};

test.each([
  [{}, null, { scheme: 'anonymous' }],
  [{}, ' tok ', { scheme: 'bearer', token: 'tok' }],
  [{ user: ' me ' }, 'pw ', { scheme: 'automatic', user: 'me', password: 'pw ' }],
  [{ user: 'me', auth: 'basic' }, null, { scheme: 'basic', user: 'me', password: '' }],
  [{ user: 'a:b', auth: 'digest' }, 'pw', { scheme: 'digest', user: 'a:b', password: 'pw' }],
  [{ user: 'me', auth: 'bearer' }, 'tok', { scheme: 'bearer', token: 'tok' }],
] as const)('%j with the secret %j', (options, secret, expected) => expect(credentials(options, secret)).toEqual(expected));

test.each([
  [{ auth: 'basic' }, 'pw', 'user'],
  [{ auth: 'digest' }, 'pw', 'user'],
  [{ auth: 'bearer', user: 'me' }, null, 'secret'],
  [{ auth: 'bearer' }, 'two words', 'secret'],
  [{ user: 'a:b' }, 'pw', 'user'],
  [{ user: 'a\nb' }, 'pw', 'user'],
  [{ user: 7 }, 'pw', 'user'],
  [{ auth: 'ntlm' }, 'pw', 'auth'],
  [{ readOnly: 'yes' }, null, 'readOnly'],
  [{ timeout: -1 }, null, 'timeout'],
  [{ depth: 3 }, null, 'depth'],
] as const)('%j with the secret %j is refused for %s', (options, secret, field) => expect(problem(options, secret)).toBe(field));

test('what file managers write is understood', () => {
  expect(parseDavRoot('davs://cloud.example.org/remote.php/dav')).toBe('https://cloud.example.org/remote.php/dav/');
  expect(parseDavRoot(' WebDAV://h/a ')).toBe('http://h/a/');
  expect(() => parseDavRoot('ftp://h/a')).toThrow(/"ftp:"/);
});

describe('a sign-in that can be read on the way', () => {
  const clear = (root: string, scheme: 'basic' | 'digest') => travelsInClear(root, { scheme, user: 'me', password: 'x' });
  test('is one over http: to another computer', () => {
    expect(clear('http://files.example.org/', 'basic')).toBe(true);
    expect(clear('http://127.evil.example/', 'basic')).toBe(true);
    expect(clear('https://files.example.org/', 'basic')).toBe(false);
    expect(clear('http://files.example.org/', 'digest')).toBe(false);
    expect(clear('http://127.0.0.1:80/', 'basic')).toBe(false);
    expect(clear('http://[::1]/', 'basic')).toBe(false);
    expect(travelsInClear('http://files.example.org/', { scheme: 'anonymous' })).toBe(false);
  });
});
