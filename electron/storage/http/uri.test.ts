import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../shared/storage/errors.ts';
import { folderUriOf, parseRoot, resolveSameOrigin, uriOf } from './uri.ts';

const ROOT = 'https://files.example.org/archive/';
const codeOf = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    return error instanceof StorageError ? error.code : error;
  }
  return null;
};

describe('parseRoot', () => {
  test('gives one spelling with a slash at the end', () => {
    expect(parseRoot(' HTTPS://Files.Example.org:443/archive ')).toBe(ROOT);
    expect(parseRoot('http://127.0.0.1:8080')).toBe('http://127.0.0.1:8080/');
  });

  test.each(['files.example.org', 'ftp://files.example.org/', 'file:///etc', 'https://user:secret@files.example.org/', 'https://files.example.org/?a=1', 'https://files.example.org/#a', ''])('refuses %j', (text) => {
    expect(codeOf(() => parseRoot(text))).toBe('invalid_config');
  });

  test('does not repeat a password in its error', () => {
    for (const text of ['https://user:hunter2@files.example.org/', 'https://user:hunter2@bad host/', 'ftp://user:hunter2@files.example.org/']) {
      expect(() => parseRoot(text)).toThrow();
      expect(() => parseRoot(text)).not.toThrow(/hunter2/);
    }
  });
});

describe('uriOf', () => {
  test('encodes each name on its own and keeps odd characters themselves', () => {
    expect(uriOf(ROOT, '100%/a#b?c+d/%2e%2e')).toBe(`${ROOT}100%25/a%23b%3Fc%2Bd/%252e%252e`);
    expect(new URL(uriOf(ROOT, 'a/%2e%2e/b')).href).toBe(`${ROOT}a/%252e%252e/b`);
  });

  test('keeps composed and decomposed spellings apart', () => {
    expect(uriOf(ROOT, 'é')).not.toBe(uriOf(ROOT, 'e\u0301'));
  });

  test('a folder has a slash at the end, the root too', () => {
    expect(folderUriOf(ROOT, 'a b')).toBe(`${ROOT}a%20b/`);
    expect(folderUriOf(ROOT, '')).toBe(ROOT);
  });

  test.each(['../a', 'a/../../b', 'a//b', 'a\0', '\ud800'])('refuses %j', (path) => {
    expect(codeOf(() => uriOf(ROOT, path))).toBe('invalid_location');
  });
});

describe('resolveSameOrigin', () => {
  test('takes absolute and relative addresses of the same server', () => {
    expect(resolveSameOrigin('/other/b', `${ROOT}a`)).toBe('https://files.example.org/other/b');
    expect(resolveSameOrigin('b', `${ROOT}a`)).toBe(`${ROOT}b`);
  });

  test.each(['https://evil.example.org/', '//evil.example.org/a', 'http://files.example.org/archive/a', 'https://files.example.org:8443/a', 'javascript:alert(1)', 'file:///etc/passwd'])('refuses %j', (header) => {
    expect(codeOf(() => resolveSameOrigin(header, `${ROOT}a`))).toBe('untrusted_server');
  });
});
