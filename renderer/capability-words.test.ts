import { expect, it } from 'vitest';
import type { Capabilities } from '../shared/storage/capabilities.ts';
import { capabilityLines } from './capability-words.ts';

const everything: Capabilities = {
  read: true, list: true, makeDirectory: true, move: true, delete: true, rangeRead: true, initialize: true, update: true, resume: true, noOverwrite: true, atomicPublish: true, preserveModified: true, versions: true, link: true, serverDigest: ['sha256', 'md5'], maximumSize: 5 * 2 ** 30,
};

it('says of a storage that can do everything no “no”, and names digests and the limit', () => {
  const lines = capabilityLines(everything);
  expect(lines.every(({ ok }) => ok)).toBe(true);
  expect(lines.map(({ text }) => text).join('\n')).toMatch(/sha256, md5[\s\S]*5 GiB/);
});

it('says that a cut upload begins anew, and that files are read back, where that is so', () => {
  const texts = capabilityLines({ ...everything, resume: false, serverDigest: [], maximumSize: null }).filter(({ ok }) => !ok).map(({ text }) => text);
  expect(texts).toEqual(['An upload that was cut begins anew.', 'The server computes no digest of what it stores; files are read back to prove them.']);
});

it('of a storage that only takes files it says that first, and nothing of browsing and renaming', () => {
  const lines = capabilityLines({ ...everything, read: false, list: false, move: false, serverDigest: [] });
  expect(lines[0]).toEqual({ ok: false, text: 'It only takes files: they can neither be browsed nor opened by their name afterwards.' });
  expect(lines).toHaveLength(5);
});
