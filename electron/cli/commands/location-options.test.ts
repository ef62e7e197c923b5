import { expect, test } from 'vitest';
import type { ConfigField } from '../../../shared/storage/location.ts';
import { parseOptionWords, readSecretWords, trustOptionFor } from './location-options.ts';

const HEX = Array.from({ length: 32 }, () => 'aB').join(':');
const field = (key: string): ConfigField => ({ key, label: key, kind: 'text', required: false, help: '' });
const sftp = { name: 'sftp', fields: [field('hostKey'), field('proxy')] };
const ftp = { name: 'ftp', fields: [field('certificate')] };

test('options are split at the first equals sign and may be empty', () => {
  expect(parseOptionWords(['a=1', 'b=x=y', 'c='])).toEqual({ a: '1', b: 'x=y', c: '' });
  expect(() => parseOptionWords(['=x'])).toThrow(/"=x" is not KEY=VALUE/);
});

test('the main secret and further ones come from the environment, and only their variables are named', () => {
  const environment = { TOKEN: 't', PHRASE: 'p', EMPTY: '' };
  expect(readSecretWords(['TOKEN', 'passphrase=PHRASE'], environment)).toEqual({ variables: { secret: 'TOKEN', passphrase: 'PHRASE' }, secret: 't', secrets: { passphrase: 'p' } });
  expect(readSecretWords([], environment)).toEqual({ variables: {}, secret: undefined, secrets: {} });
  expect(() => readSecretWords(['passphrase=EMPTY'], environment)).toThrow(/EMPTY.*not set/);
  expect(() => readSecretWords(['GONE'], environment)).toThrow(/GONE.*not set/);
  expect(() => readSecretWords(['=TOKEN'], environment)).toThrow(/neither/);
});

test('a fingerprint goes into the option that takes its form', () => {
  expect(trustOptionFor(sftp, 'SHA256:n3vYq0j5p8rHkq2bYV0rM0n8m6YV0q9Qm0s5Jr0g7aA')).toBe('hostKey');
  expect(trustOptionFor(ftp, HEX)).toBe('certificate');
  expect(trustOptionFor(ftp, `SHA256:${HEX.replaceAll(':', '')}`)).toBe('certificate');
  expect(() => trustOptionFor(ftp, 'SHA256:n3vYq0j5p8rHkq2bYV0rM0n8m6YV0q9Qm0s5Jr0g7aA')).toThrow(/not the fingerprint.*of a certificate/);
  expect(() => trustOptionFor(sftp, HEX)).toThrow(/of a host key/);
  expect(() => trustOptionFor({ name: 'local', fields: [] }, HEX)).toThrow(/knows no fingerprints/);
});
