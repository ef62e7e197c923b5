import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pattern } from '../../testing/subject.ts';
import { compareWithEtag, meaningOf } from './etag.ts';
import type { LocalBytes } from '../../storage-backend.ts';
import { MIB } from './part-size.ts';

const BYTES = pattern(37 * MIB + 123, 5);
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest();

/** As S3 makes it, written down once more. */
function etagOf(bytes: Buffer, ...sizes: readonly number[]): string {
  const parts: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[Math.min(index, sizes.length - 1)] ?? bytes.length;
    parts.push(md5(bytes.subarray(at, at + size)));
    at += size;
  }
  return `"${md5(Buffer.concat(parts)).toString('hex')}-${parts.length}"`;
}

let folder = '';
let file: LocalBytes;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-etag-'));
  await writeFile(join(folder, 'local'), BYTES);
  file = { size: BYTES.length, open: () => Promise.resolve(createReadStream(join(folder, 'local'))) };
});
afterAll(() => rm(folder, { recursive: true }));

describe('an ETag beside a local file', () => {
  test.each([
    ['5 MiB, as rclone and the SDK for JavaScript do', 5 * MIB],
    ['8 MiB, as the AWS command line and Holdfast do', 8 * MIB],
    ['15 MiB, as s3cmd does', 15 * MIB],
    ['16 MiB', 16 * MIB],
    ['17,179,870 bytes, as Amazon’s console does', 17_179_870],
    ['10 MB', 10_000_000],
  ])('of parts of %s is explained', async (_, partSize) => {
    expect(await compareWithEtag({ etag: etagOf(BYTES, partSize), size: BYTES.length }, file)).toMatchObject({ verdict: 'match', partSize });
  });

  test('of one part, or of parts that the server tells, matches or not for sure', async () => {
    expect(await compareWithEtag({ etag: etagOf(BYTES, BYTES.length), size: BYTES.length }, file)).toMatchObject({ verdict: 'match', partSize: null });
    const odd = [7_000_001, 9_000_000, 20 * MIB];
    const etag = etagOf(BYTES, ...odd);
    const partSizes = [7_000_001, 9_000_000, 20 * MIB, BYTES.length - 16_000_001 - 20 * MIB];
    expect(await compareWithEtag({ etag, size: BYTES.length }, file)).toMatchObject({ verdict: 'cannot tell' });
    expect(await compareWithEtag({ etag, size: BYTES.length, partSizes }, file)).toMatchObject({ verdict: 'match', partSize: 7_000_001 });
    const other = Buffer.from(BYTES);
    other[20 * MIB] = (other[20 * MIB] ?? 0) ^ 1;
    expect(await compareWithEtag({ etag: etagOf(other, ...odd), size: BYTES.length, partSizes }, file)).toMatchObject({ verdict: 'mismatch' });
    expect(await compareWithEtag({ etag: etagOf(other, other.length), size: BYTES.length }, file)).toMatchObject({ verdict: 'mismatch' });
  });

  test('of a first part that the server tells is tried with an odd size too', async () => {
    const etag = etagOf(BYTES, 7_000_001);
    expect(await compareWithEtag({ etag, size: BYTES.length }, file)).toMatchObject({ verdict: 'cannot tell' });
    expect(await compareWithEtag({ etag, size: BYTES.length, partSizes: [7_000_001] }, file)).toMatchObject({ verdict: 'match', partSize: 7_000_001 });
  });

  test('of other bytes in parts of a usual size is never called a match', async () => {
    const other = Buffer.from(BYTES);
    other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
    const { verdict, why } = await compareWithEtag({ etag: etagOf(other, 8 * MIB), size: BYTES.length }, file);
    expect(verdict).toBe('cannot tell');
    expect(why).toContain('8 MiB');
  });

  test('of the whole is its MD5', async () => {
    expect(await compareWithEtag({ etag: `"${md5(BYTES).toString('hex')}"`, size: BYTES.length }, file)).toMatchObject({ verdict: 'match' });
    expect(await compareWithEtag({ etag: `"${md5(Buffer.from('other')).toString('hex')}"`, size: BYTES.length }, file)).toMatchObject({ verdict: 'mismatch' });
  });

  test('says nothing where it is no digest, and another size says everything', async () => {
    const etag = etagOf(BYTES, 8 * MIB);
    expect(await compareWithEtag({ etag, size: BYTES.length, opaque: 'It is encrypted.' }, file)).toEqual({ verdict: 'cannot tell', why: 'It is encrypted.', partSize: null });
    expect(await compareWithEtag({ etag: '"some-random-id"', size: BYTES.length }, file)).toMatchObject({ verdict: 'cannot tell' });
    expect(await compareWithEtag({ etag, size: BYTES.length - 1, opaque: 'It is encrypted.' }, file)).toMatchObject({ verdict: 'mismatch' });
    expect(await compareWithEtag({ etag: `${etag.slice(0, 33)}-9999"`, size: null }, file)).toMatchObject({ verdict: 'cannot tell' });
  });

  test('can be stopped', async () => {
    await expect(compareWithEtag({ etag: etagOf(BYTES, 8 * MIB), size: null }, file, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });

  test.each([
    ['"900150983cd24fb0d6963f7d28e17f72"', { kind: 'md5', md5: '900150983cd24fb0d6963f7d28e17f72' }],
    ['900150983CD24FB0D6963F7D28E17F72-10000', { kind: 'parts', md5: '900150983cd24fb0d6963f7d28e17f72', parts: 10_000 }],
    ['"900150983cd24fb0d6963f7d28e17f72-0"', { kind: 'opaque' }],
    ['', { kind: 'opaque' }],
    ['"W/abc"', { kind: 'opaque' }],
  ])('%s is read', (etag, meaning) => {
    expect(meaningOf(etag)).toEqual(meaning);
  });
});
