import { expect, test } from 'vitest';
import { isSameFingerprint } from './trusted-server.ts';

const HEX = 'ab'.repeat(32);
const COLONS = Array.from({ length: 32 }, () => 'AB').join(':');

test.each([
  [HEX, COLONS, true],
  [`SHA256:${COLONS}`, ` ${HEX} `, true],
  [HEX, `${HEX.slice(2)}ac`, false],
  ['SHA256:n3vYq0j5p8rHkq2bYV0rM0n8m6YV0q9Qm0s5Jr0g7aA', 'SHA256:n3vYq0j5p8rHkq2bYV0rM0n8m6YV0q9Qm0s5Jr0g7aA=', true],
  ['SHA256:n3vYq0j5p8rHkq2bYV0rM0n8m6YV0q9Qm0s5Jr0g7aA', 'SHA256:N3vYq0j5p8rHkq2bYV0rM0n8m6YV0q9Qm0s5Jr0g7aA', false],
])('%s and %s: %j', (one, other, same) => {
  expect(isSameFingerprint(one, other)).toBe(same);
});
