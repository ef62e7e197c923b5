import { describe, expect, test } from 'vitest';
import { parseManifest } from './manifest.ts';

const manifest = (holdfast: unknown) => JSON.stringify({ name: 'webthing-plugin', version: '1.2.3', holdfast });
const withModule = (file: string) => manifest({ apiVersion: 1, backends: { webthing: file } });

describe('the entry point in package.json', () => {
  test('names backends and their modules', () => {
    expect(parseManifest(manifest({ apiVersion: 1, backends: { webthing: './dist/webthing.js', 'web-2': './b/../web2.mjs' } }))).toEqual({
      package: 'webthing-plugin',
      backends: [
        { name: 'webthing', file: 'dist/webthing.js' },
        { name: 'web-2', file: 'web2.mjs' },
      ],
    });
  });

  test.each([
    ['no JSON', '{', 'package.json is not JSON'],
    ['a package without the entry', JSON.stringify({ name: 'x' }), 'package.json is not that of a plugin: holdfast: '],
    ['no package name', JSON.stringify({ holdfast: { apiVersion: 1, backends: { a: './a.js' } } }), 'name: '],
    ['another version', manifest({ apiVersion: 2, backends: { webthing: './a.js' } }), 'webthing-plugin is written for version 2 of the plugin interface; this Holdfast has version 1.'],
    ['a version that is no number', manifest({ apiVersion: '1', backends: { webthing: './a.js' } }), 'holdfast.apiVersion: '],
    ['no backends', manifest({ apiVersion: 1, backends: {} }), 'webthing-plugin names no backends'],
    ['a bad backend name', manifest({ apiVersion: 1, backends: { 'Web Thing': './a.js' } }), 'holdfast.backends.Web Thing: a backend name has lower-case letters'],
    ['a module that is no text', manifest({ apiVersion: 1, backends: { webthing: 5 } }), 'holdfast.backends.webthing: '],
  ])('with %s is refused', (_label, text, words) => {
    expect(() => parseManifest(text)).toThrow(words);
    expect(() => parseManifest(text)).toThrow(expect.objectContaining({ code: 'plugin_failed' }));
  });

  test.each(['../other/index.js', './../index.js', './a/../../index.js', '/etc/index.js', 'C:\\index.js', '.\\..\\index.js', './a\\..\\..\\index.js', 'index.js', './', '.', 'file:///x.js', 'https://example.org/x.js', './a\0.js'])(
    'a module %j is not inside the package',
    (file) => expect(() => parseManifest(withModule(file))).toThrow('is not inside the package: expected a path like "./dist/webthing.js"'),
  );
});
