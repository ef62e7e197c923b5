import { expect, test } from 'vitest';
import type { BackendDefinition } from '../storage/backend-definition.ts';
import { parseLocationName, parseOptions } from './location-draft.ts';

const definition: BackendDefinition = {
  name: 'demo', title: 'Demo', description: '', uriLabel: '', uriPlaceholder: '', uriIsFolder: false, secretLabel: null,
  fields: [
    { key: 'port', label: 'Port', kind: 'number', required: true, help: '' },
    { key: 'style', label: 'Style', kind: 'choice', required: false, help: '', choices: [{ value: 'a', label: 'A' }], default: 'a' },
    { key: 'quiet', label: 'Quiet', kind: 'boolean', required: false, help: '' },
  ],
  connect: () => Promise.reject(new Error('not used')),
};

test('text of the command line becomes typed, defaults are filled in', () => {
  expect(parseOptions(definition, { port: '22', quiet: 'true' })).toEqual({ port: 22, style: 'a', quiet: true });
});

test.each([
  [{}, /port.*missing/],
  [{ port: 'x' }, /port.*"x".*a number/],
  [{ port: 1, style: 'b' }, /style.*"b".*one of a/],
  [{ port: 1, quiet: 'maybe' }, /quiet.*true or false/],
  [{ port: 1, colour: 'red' }, /no option "colour".*port, style, quiet/],
])('%j is refused with the option, the value and what was expected', (options, message) => {
  expect(() => parseOptions(definition, options)).toThrow(message);
});

test.each(['a', '', 'C', 'a:b', 'a/b', 'a\\b', 'a\nb', 'x'.repeat(101)])('%j cannot name a location', (name) => {
  expect(() => parseLocationName(name)).toThrow(expect.objectContaining({ code: 'invalid_config' }));
});

test('a name is trimmed and may hold spaces and any letters', () => {
  expect(parseLocationName('  Größe 日本 ')).toBe('Größe 日本');
});
