import { userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { SFTP_FIELDS, parseSettings } from './settings.ts';

const parse = (uri: string, options = {}) => parseSettings(uri, options);
const invalid = (field: string) => expect.objectContaining({ code: 'invalid_config', context: { field } });

describe('the address', () => {
  test.each([
    ['sftp://ada@files.example.org/srv/archive/', { host: 'files.example.org', port: 22, user: 'ada' }, '/srv/archive/'],
    ['sftp://files.example.org', { host: 'files.example.org', port: 22, user: userInfo().username }, '~'],
    ['sftp://ada@files.example.org/', { host: 'files.example.org', port: 22, user: 'ada' }, '/'],
    ['sftp://ada@files.example.org:2222/~', { host: 'files.example.org', port: 2222, user: 'ada' }, '~'],
    ['sftp://ada@files.example.org/~/a%20b', { host: 'files.example.org', port: 22, user: 'ada' }, '~/a b'],
    ['sftp://ada@files.example.org/~home', { host: 'files.example.org', port: 22, user: 'ada' }, '/~home'],
    ['sftp://a%40b.org@[::1]/x%2Fy%3F%23', { host: '::1', port: 22, user: 'a@b.org' }, '/x/y?#'],
    ['  sftp://ada@127.0.0.1/ ', { host: '127.0.0.1', port: 22, user: 'ada' }, '/'],
  ])('%s', (uri, endpoint, folder) => {
    expect(parse(uri)).toMatchObject({ endpoint, folder });
  });

  test.each(['', 'files.example.org', '/srv', 'ftp://files.example.org/', 'https://x/', 'sftp://', 'sftp:///srv', 'sftp://x/?a', 'sftp://x/#a', 'sftp://x/%zz', 'sftp://x/a%00b', 'sftp://x:99999/'])('%j is refused', (uri) => {
    expect(() => parse(uri)).toThrow(invalid('uri'));
  });

  test('a password in it is refused and not repeated', () => {
    expect(() => parse('sftp://ada:hunter2@files.example.org/')).toThrow(invalid('uri'));
    expect(() => parse('sftp://ada:hunter2@files.example.org/')).toThrow(/^(?!.*hunter2)/);
    expect(() => parse('ftp://ada:hunter2@files.example.org/')).toThrow(/^(?!.*hunter2)/);
  });
});

describe('options', () => {
  test('defaults are those of the form', () => {
    const defaults = Object.fromEntries(SFTP_FIELDS.filter(({ kind }) => kind !== 'secret').flatMap(({ key, default: value }) => (value === undefined ? [] : [[key, value]])));
    expect(parse('sftp://a@x/', defaults)).toEqual(parse('sftp://a@x/'));
    expect(parse('sftp://a@x/')).toMatchObject({ auth: 'automatic', keyFile: null, agent: null, jumps: [], hostKey: '', connections: 4, readOnly: false, proxy: 'system', silence: 30_000 });
  });

  test('every choice of the form is taken', () => {
    for (const { value } of SFTP_FIELDS[0]?.choices ?? []) expect(parse('sftp://a@x/', { auth: value }).auth).toBe(value);
  });

  test('jump hosts, the nearest first', () => {
    expect(parse('sftp://ada@x/', { jump: 'gate, eve@inner.example.org:2222' }).jumps).toEqual([
      { host: 'gate', port: 22, user: 'ada' },
      { host: 'inner.example.org', port: 2222, user: 'eve' },
    ]);
  });

  test.each([
    ['auth', 'magic'],
    ['readOnly', 'yes'],
    ['connections', 0],
    ['connections', 17],
    ['connections', 1.5],
    ['jump', 'ada:secret@gate'],
    ['jump', 'a,b,c,d,e,f,g,h,i'],
    ['keyFile', 7],
    ['timeout', 0],
    ['proxy', 'ftp://x'],
    ['passphrase', 'secrets are no options'],
    ['certificate', 'AB'],
    ['colour', 'red'],
  ])('%s: %j is refused by name', (field, value) => {
    expect(() => parse('sftp://a@x/', { [field]: value })).toThrow(invalid(field));
  });
});
