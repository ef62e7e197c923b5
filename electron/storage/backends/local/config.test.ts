import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseLocalConfig } from './config.ts';
import { localBackend } from './definition.ts';
import { nameQuotaError } from './quota.ts';

const parse = (uri: string, flavour = path.posix, options = {}) => parseLocalConfig({ uri, options }, flavour);
const invalid = (field: string) => expect.objectContaining({ code: 'invalid_config', context: { field } });

describe('configuration of a folder', () => {
  test('takes absolute folders of the platform', () => {
    expect(parse('/srv/data/')).toEqual({ folder: '/srv/data', symlinks: 'refuse', createRoot: false });
    expect(parse('/srv/../data', path.posix, { symlinks: 'follow', createRoot: true })).toEqual({ folder: '/data', symlinks: 'follow', createRoot: true });
    expect(parse('C:\\Users\\ada', path.win32).folder).toBe('C:\\Users\\ada');
    expect(parse('\\\\host\\share\\a', path.win32).folder).toBe('\\\\host\\share\\a');
  });

  test('takes the file: URL of a folder with odd characters', () => {
    const folder = path.resolve('/data/100% #1?');
    expect(parseLocalConfig({ uri: pathToFileURL(folder).href, options: {} }).folder).toBe(folder);
  });

  test.each(['', 'data', './data', '~/data', 'https://example.org/', 'file://elsewhere/data', '/a\0b'])('refuses %j with what was expected', (uri) => {
    expect(() => parse(uri)).toThrow(invalid('uri'));
    expect(() => parse(uri)).toThrow(/absolute folder, for example \/home/);
  });

  test.each(['data', 'C:data', '\\data', '/data', 'C:'])('refuses %j on Windows, where it depends on the current drive or folder', (uri) => {
    expect(() => parse(uri, path.win32)).toThrow(invalid('uri'));
  });

  test('refuses options that it does not know', () => {
    expect(() => parse('/a', path.posix, { symlinks: 'maybe' })).toThrow(invalid('symlinks'));
    expect(() => parse('/a', path.posix, { createRoot: 'yes' })).toThrow(invalid('createRoot'));
    expect(() => parse('/a', path.posix, { symlink: 'refuse' })).toThrow(invalid('symlink'));
  });

  test('the form offers what the parser takes', () => {
    const defaults = Object.fromEntries(localBackend.fields.map((field) => [field.key, field.default ?? '']));
    expect(parse('/a', path.posix, defaults)).toEqual(parse('/a'));
    for (const { value } of localBackend.fields[0]?.choices ?? []) expect(parse('/a', path.posix, { symlinks: value }).symlinks).toBe(value);
  });
});

test('a used up quota, for which Node has no name, is told as such', () => {
  const quota = Object.assign(new Error('Unknown system error -122'), { errno: -122, code: 'Unknown system error -122' });
  expect(nameQuotaError(quota)).toMatchObject({ code: 'out_of_space', message: expect.stringMatching(/quota/) as unknown });
  const other = Object.assign(new Error('EIO'), { errno: -5, code: 'EIO' });
  expect(nameQuotaError(other)).toBe(other);
});
