import { expect, test } from 'vitest';
import { readDigest } from './digest.ts';

const HEX = 'ab'.repeat(32);

test.each([`sha256:${HEX}`, `SHA256:${HEX.toUpperCase()}\n`, `{"checksum":"sha256:${HEX}"}`, ` {"checksum":"sha256:${HEX}","size":3} `, HEX, `${HEX.toUpperCase()}\n`, `{"checksum":"${HEX}"}`])('reads %j', (text) => {
  expect(readDigest(text, 'sha256')).toBe(`sha256:${HEX}`);
});

test.each([HEX.slice(1), `${HEX}00`, `md5:${HEX}`, `sha256:${HEX} file.bin`, `sha256:${HEX}\nsha256:${HEX}`, '{"checksum":7}', '{"checksum":null}', '{"digest":"x"}', '{', '[]', '', 'null', '<html></html>', 'rot13:abc'])('takes %j for no digest', (text) => {
  expect(readDigest(text, 'sha256')).toBeNull();
});
