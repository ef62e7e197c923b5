import { expect, test } from 'vitest';
import { isFieldShown, namesServer, secretKeys } from './config-fields.ts';
import type { ConfigField } from './location.ts';

const field = (key: string, more: Partial<ConfigField> = {}): ConfigField => ({ key, label: key, kind: 'text', required: false, help: '', ...more });
const way = field('way', { kind: 'choice', default: 'password', choices: [{ value: 'password', label: '' }, { value: 'key', label: '' }] });
const keyFile = field('keyFile', { kind: 'path', showIf: { key: 'way', is: ['key'] } });
const isPpk = field('isPpk', { kind: 'boolean', showIf: { key: 'keyFile', is: ['a.ppk'] } });
const port = field('port', { kind: 'number', showIf: { key: 'isPpk', is: [true] } });
const version = field('version', { kind: 'number', default: 1 });
const domain = field('domain', { showIf: { key: 'version', is: [3] } });
const fields = [way, keyFile, isPpk, port, version, domain];

test.each([
  [keyFile, {}, false],
  [keyFile, { way: 'key' }, true],
  [isPpk, { way: 'key', keyFile: 'a.ppk' }, true],
  // the field it looks at is hidden itself
  [isPpk, { way: 'password', keyFile: 'a.ppk' }, false],
  [port, { way: 'key', keyFile: 'a.ppk', isPpk: 'true' }, true],
  [domain, {}, false],
  [domain, { version: '3' }, true],
  [domain, { version: 3 }, true],
  [way, {}, true],
])('%o with %j: shown %j', (one, options, shown) => {
  expect(isFieldShown(one, fields, options)).toBe(shown);
});

test('fields that wait for each other are shown, and one that waits for a stranger is not', () => {
  const one = field('one', { showIf: { key: 'two', is: [''] } });
  const two = field('two', { showIf: { key: 'one', is: [''] } });
  expect(isFieldShown(one, [one, two], {})).toBe(true);
  expect(isFieldShown(one, [one], {})).toBe(false);
});

test('texts name servers unless they say otherwise', () => {
  expect([field('endpoint'), field('user', { namesServer: false }), field('caFile', { kind: 'path' }), field('port', { kind: 'number', namesServer: true })].map(namesServer)).toEqual([true, false, false, true]);
});

test('the keys of kept secrets, also of those that were kept before there were several', () => {
  expect(secretKeys({ kind: 'none' })).toEqual([]);
  expect(secretKeys({ kind: 'keychain', id: '1' })).toEqual(['secret']);
  expect(secretKeys({ kind: 'session', id: '1', keys: ['passphrase'] })).toEqual(['passphrase']);
  expect(secretKeys({ kind: 'environment', variable: 'TOKEN' })).toEqual(['secret']);
  expect(secretKeys({ kind: 'environment', variables: { secret: 'A', sessionToken: 'B' } })).toEqual(['secret', 'sessionToken']);
});
