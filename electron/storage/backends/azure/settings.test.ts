import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { parseAddress } from './address.ts';
import { blobName } from './blob-name.ts';
import { parseCredential, secretsOf } from './credential.ts';
import { AZURE_FIELDS, parseOptions } from './settings.ts';

const KEY = Buffer.alloc(64, 7).toString('base64');
const SAS = 'sv=2024-11-04&sr=c&se=2026-01-01T00%3A00%3A00Z&sp=rl&sig=c2VjcmV0%2Bsig%3D';
const HOST = parseAddress('https://myaccount.blob.core.windows.net/box/a/b/');

function refusal(action: () => unknown): StorageError {
  try {
    action();
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('addresses', () => {
  test.each([
    ['https://myaccount.blob.core.windows.net/box', { endpoint: 'https://myaccount.blob.core.windows.net', account: 'myaccount', container: 'box', folder: '', root: 'https://myaccount.blob.core.windows.net/box/' }],
    ['https://myaccount.z12.blob.storage.azure.net/box/', { endpoint: 'https://myaccount.z12.blob.storage.azure.net', account: 'myaccount', container: 'box', folder: '', root: 'https://myaccount.z12.blob.storage.azure.net/box/' }],
    ['https://myaccount-secondary.blob.core.windows.net/$web/', { endpoint: 'https://myaccount-secondary.blob.core.windows.net', account: 'myaccount', container: '$web', folder: '', root: 'https://myaccount-secondary.blob.core.windows.net/$web/' }],
    ['https://files.example.org/box/caf%C3%A9 x', { endpoint: 'https://files.example.org', account: null, container: 'box', folder: 'café x', root: 'https://files.example.org/box/caf%C3%A9%20x/' }],
    ['http://127.0.0.1:10000/dev/box/in/ner/', { endpoint: 'http://127.0.0.1:10000/dev', account: 'dev', container: 'box', folder: 'in/ner', root: 'http://127.0.0.1:10000/dev/box/in/ner/' }],
    ['http://[::1]:10000/dev/box', { endpoint: 'http://[::1]:10000/dev', account: 'dev', container: 'box', folder: '', root: 'http://[::1]:10000/dev/box/' }],
  ])('%s', (text, expected) => {
    expect(parseAddress(text)).toEqual(expected);
  });

  test.each([
    ['https://myaccount.blob.core.windows.net/', 'names no container'],
    ['http://127.0.0.1:10000/dev/', 'ACCOUNT/CONTAINER'],
    ['https://myaccount.blob.core.windows.net/Box/', 'not the name of a container'],
    ['https://myaccount.blob.core.windows.net/a--b/', 'not the name of a container'],
    ['https://myaccount.blob.core.windows.net/box/a%2Fb/', 'cannot be'],
    ['https://myaccount.blob.core.windows.net/box//b/', 'cannot be'],
    ['https://myaccount.blob.core.windows.net/box/%/', 'no code of a character'],
    ['https://myaccount.blob.core.windows.net/box/?sv=1&sig=secret', '"?"'],
    ['ftp://myaccount.blob.core.windows.net/box/', 'expected "https:"'],
  ])('%s is none', (text, words) => {
    const error = refusal(() => parseAddress(text));
    expect(error.code).toBe('invalid_config');
    expect(error.message).toContain(words);
  });
});

describe('the secret', () => {
  test.each([
    ['an account key', KEY, { kind: 'key', account: 'myaccount', key: KEY }],
    ['a signature', SAS, { kind: 'sas', query: SAS }],
    ['a signature with its question mark', `?${SAS}`, { kind: 'sas', query: SAS }],
    ['the whole address with a signature', `https://myaccount.blob.core.windows.net/box?${SAS}`, { kind: 'sas', query: SAS }],
    ['a connection string with a key', `DefaultEndpointsProtocol=https;AccountName=myaccount;AccountKey=${KEY};EndpointSuffix=core.windows.net`, { kind: 'key', account: 'myaccount', key: KEY }],
    ['a connection string with a signature', `BlobEndpoint=https://myaccount.blob.core.windows.net/;SharedAccessSignature=${SAS}`, { kind: 'sas', query: SAS }],
    ['nothing', '', { kind: 'anonymous' }],
  ])('is known by its form: %s', (_what, secret, expected) => {
    expect(parseCredential(secret, 'automatic', HOST, null)).toEqual(expected);
  });

  test.each([
    ['no Base64', 'not a key at all', 'automatic', 'no account key'],
    ['a signature that is none', 'sr=c&sp=r', 'sas', 'no shared access signature'],
    ['another account', `AccountName=other;AccountKey=${KEY}`, 'automatic', 'for the account "other"'],
    ['another endpoint', `BlobEndpoint=https://other.blob.core.windows.net/;SharedAccessSignature=${SAS}`, 'automatic', 'https://other.blob.core.windows.net'],
    ['a connection string without a secret', 'AccountName=myaccount', 'automatic', 'neither'],
    ['none where one was chosen', '', 'key', 'none is given'],
  ] as const)('is refused, but never shown: %s', (_what, secret, auth, words) => {
    const error = refusal(() => parseCredential(secret, auth, HOST, null));
    expect(error.code).toBe('invalid_config');
    expect(error.message).toContain(words);
    expect(error.message).not.toContain(KEY);
    expect(error.message).not.toContain('c2VjcmV0');
  });

  test('a key needs the name of the account, which the options may tell', () => {
    const custom = parseAddress('https://files.example.org/box/');
    expect(refusal(() => parseCredential(KEY, 'automatic', custom, null)).context['field']).toBe('account');
    expect(parseCredential(KEY, 'automatic', custom, 'mine')).toEqual({ kind: 'key', account: 'mine', key: KEY });
  });

  test('what must not be shown is the signature in both spellings', () => {
    expect(secretsOf({ kind: 'sas', query: SAS })).toEqual([SAS, 'c2VjcmV0+sig=', 'c2VjcmV0%2Bsig%3D']);
  });
});

describe('options', () => {
  test('what the form offers as default is what no options mean', () => {
    const defaults = Object.fromEntries(AZURE_FIELDS.flatMap(({ key, default: value }) => (value === undefined ? [] : [[key, value]])));
    expect(parseOptions(defaults)).toEqual(parseOptions({}));
  });

  test.each([
    [{ tier: 'lukewarm' }, 'tier'],
    [{ auth: 'password' }, 'auth'],
    [{ blockSize: 0 }, 'blockSize'],
    [{ blockSize: 129 }, 'blockSize'],
    [{ readOnly: 'yes' }, 'readOnly'],
    [{ account: 'A!' }, 'account'],
    [{ region: 'west' }, 'region'],
  ])('%j is refused', (options, field) => {
    expect(refusal(() => parseOptions(options as never)).context['field']).toBe(field);
  });
});

describe('names of blobs', () => {
  test('begin with the folder of the location', () => {
    expect(blobName('a/b', 'c d.txt')).toBe('a/b/c d.txt');
    expect(blobName('a/b', '')).toBe('a/b');
    expect(blobName('', 'x')).toBe('x');
  });

  test.each(['a\\b', 'ends.', 'a/ends./b', 'new\nline', 'del\u007f', 'c1\u0081', `${'n'.repeat(250)}/`.repeat(4) + 'n'.repeat(30), 'a/'.repeat(300) + 'b'])('%j is refused, as Azure would change or refuse it', (path) => {
    expect(refusal(() => blobName('', path)).code).toBe('invalid_location');
  });
});
