import { expect, test } from 'vitest';
import { formatToken, parseToken, type ResumeToken } from './resume-token.ts';

const TOKEN: ResumeToken = { bucket: 'bucket', key: 'a/b', uploadId: '2~abc', mark: '01234567-89ab-4cde-8f01-23456789abcd', partSize: 8 * 1024 * 1024, size: 100_000_000 };

test('a token comes back as it was', () => {
  expect(parseToken(formatToken(TOKEN))).toEqual(TOKEN);
});

test.each<[string, unknown]>([
  ['no JSON', '{'],
  ['nothing', ''],
  ['a list', '[]'],
  ['null', 'null'],
  ['too long', JSON.stringify({ ...TOKEN, key: 'k'.repeat(9000) })],
  ['no upload', { ...TOKEN, uploadId: '' }],
  ['no mark', { ...TOKEN, mark: '../../etc' }],
  ['tiny parts', { ...TOKEN, partSize: 1 }],
  ['odd parts', { ...TOKEN, partSize: 8_000_000.5 }],
  ['negative size', { ...TOKEN, size: -1 }],
  ['a number for a key', { ...TOKEN, key: 7 }],
])('%s is no token', (_, value) => {
  expect(parseToken(typeof value === 'string' ? value : JSON.stringify(value))).toBeNull();
});
