import { expect, test } from 'vitest';
import { isTrustedSender } from './trusted-sender.ts';

const origin = 'holdfast://app';
const ours = 'holdfast://app/index.html';

test('the top frame of our page is trusted', () => {
  expect(isTrustedSender({ senderFrame: { url: ours, parent: null } }, origin)).toBe(true);
});

test.each([
  ['a frame that is gone', null],
  ['a frame inside our page', { url: ours, parent: {} }],
  ['another site', { url: 'https://example.org/', parent: null }],
  ['a site whose name begins like ours', { url: 'holdfast://app.example.org/', parent: null }],
  ['a file', { url: 'file:///app/index.html', parent: null }],
])('%s is not trusted', (_what, senderFrame) => {
  expect(isTrustedSender({ senderFrame }, origin)).toBe(false);
});
