import { describe, expect, test } from 'vitest';
import { MIB } from './part-size.ts';
import { parseSettings } from './settings.ts';

const KEYS = { accessKeyId: 'AK' };
const parse = (options: Record<string, string | number | boolean>, secret: string | null = 'geheim', secrets: Record<string, string> = {}) => parseSettings({ uri: 's3://bucket/', options, secret, secrets });

describe('the settings of a location', () => {
  test('keys', () => {
    expect(parse(KEYS).signIn).toEqual({ kind: 'keys', accessKeyId: 'AK', secretAccessKey: 'geheim', sessionToken: null });
    expect(parse(KEYS, ' geheim\n', { sessionToken: 'token' }).signIn).toEqual({ kind: 'keys', accessKeyId: 'AK', secretAccessKey: 'geheim', sessionToken: 'token' });
  });

  test('a profile is meant when one is named, the environment only when it is chosen', () => {
    expect(parse({ profile: 'work' }, null).signIn).toEqual({ kind: 'profile', profile: 'work' });
    expect(parse({ credentials: 'profile' }, null).signIn).toEqual({ kind: 'profile', profile: 'default' });
    expect(parse({ credentials: 'environment' }, null).signIn).toEqual({ kind: 'environment' });
    expect(parse({ credentials: 'anonymous' }, null).signIn).toEqual({ kind: 'anonymous' });
    expect(() => parse({}, null)).toThrow(/^accessKeyId: /);
  });

  test('the rest', () => {
    expect(parse({ ...KEYS, endpoint: 'https://s3.example.org/', region: 'r', pathStyle: 'host', storageClass: 'STANDARD_IA', declareDigest: true, partSize: 64, readOnly: true })).toMatchObject({
      endpoint: 'https://s3.example.org', region: 'r', pathStyle: false, storageClass: 'STANDARD_IA', declareDigest: true, partSize: 64 * MIB, readOnly: true,
    });
    expect(parse(KEYS)).toMatchObject({ endpoint: null, region: null, pathStyle: false, storageClass: null, declareDigest: false, partSize: null, readOnly: false });
  });

  test.each<[string, Record<string, string | number | boolean>]>([
    ['bucket', { ...KEYS, bucket: 'x' }],
    ['sessionToken', { ...KEYS, sessionToken: 'clear text' }],
    ['credentials', { credentials: 'sso' }],
    ['accessKeyId', { accessKeyId: 'A K' }],
    ['region', { ...KEYS, region: 'a b' }],
    ['pathStyle', { ...KEYS, pathStyle: 'maybe' }],
    ['storageClass', { ...KEYS, storageClass: 'A B' }],
    ['partSize', { ...KEYS, partSize: 4 }],
    ['partSize', { ...KEYS, partSize: 5121 }],
    ['partSize', { ...KEYS, partSize: 'large' }],
    ['readOnly', { ...KEYS, readOnly: 'yes' }],
    ['declareDigest', { ...KEYS, declareDigest: 1 }],
    ['timeout', { ...KEYS, timeout: 0 }],
  ])('a bad %s is named', (field, options) => {
    expect(() => parse(options)).toThrow(expect.objectContaining({ code: 'invalid_config', message: expect.stringMatching(new RegExp(`^${field}: `)) }));
  });

  test('a missing or unsendable secret is named without being told', () => {
    expect(() => parse(KEYS, '')).toThrow(/^secret: /);
    expect(() => parse(KEYS, 'geheim', { sessionToken: 'to ken' })).toThrow(/^sessionToken: (?!.*to ken)/);
  });
});
