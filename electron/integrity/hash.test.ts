import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HASH_NAMES } from '../../shared/storage/checksum.ts';
import { MultiHash, createHasher, hashStream } from './hash.ts';

async function digestsOf(pieces: readonly Uint8Array[]) {
  const hash = await MultiHash.create(HASH_NAMES);
  for (const piece of pieces) hash.update(piece);
  return hash.digests();
}

/** Pieces that are views into one buffer at odd offsets, as streams give them. */
function cut(bytes: Uint8Array, at: readonly number[]): readonly Uint8Array[] {
  const cuts = [...at.map((place) => place % (bytes.length + 1)), bytes.length].sort((left, right) => left - right);
  return cuts.map((end, index) => bytes.subarray(cuts[index - 1] ?? 0, end));
}

describe('hashing', () => {
  test('does not depend on how the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), fc.array(fc.nat(5000), { maxLength: 12 }), async (bytes, at) => {
        expect(await digestsOf(cut(bytes, at))).toEqual(await digestsOf([bytes]));
      }),
      { numRuns: 150 },
    );
  });

  test('several digests of one pass are those of a pass each', async () => {
    const bytes = Buffer.alloc(100_000, 'holdfast');
    const together = await digestsOf([bytes]);
    for (const algorithm of HASH_NAMES) {
      const alone = await createHasher(algorithm);
      alone.update(bytes);
      expect(together[algorithm]).toBe(alone.digest());
    }
  });

  test('two files hashed in turns do not mix', async () => {
    const [first, second] = [await MultiHash.create(HASH_NAMES), await MultiHash.create(HASH_NAMES)];
    for (const letter of 'abcdefgh') {
      first.update(Buffer.from(letter));
      second.update(Buffer.from(letter.toUpperCase()));
    }
    expect(first.digests()).toEqual(await digestsOf([Buffer.from('abcdefgh')]));
    expect(second.digests()).toEqual(await digestsOf([Buffer.from('ABCDEFGH')]));
  });

  test('an algorithm asked for twice is computed once', async () => {
    const hash = await MultiHash.create(['md5', 'md5']);
    hash.update(Buffer.from('abc'));
    expect(hash.digests()).toEqual({ md5: 'md5:900150983cd24fb0d6963f7d28e17f72' });
  });
});

describe('hashing a stream', () => {
  test('counts its bytes and tells how far it is', async () => {
    const seen: number[] = [];
    const { size, checksums } = await hashStream(Readable.from([Buffer.from('ab'), Buffer.from('c')]), ['md5'], { onBytes: (bytes) => seen.push(bytes) });
    expect(size).toBe(3);
    expect(seen).toEqual([2, 3]);
    expect(checksums.md5).toBe('md5:900150983cd24fb0d6963f7d28e17f72');
  });

  test('a cancel ends it while the stream is silent, and destroys the stream', async () => {
    const abort = new AbortController();
    const silent = new Readable({ read: () => void setImmediate(() => abort.abort()) });
    await expect(hashStream(silent, ['md5'], { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(silent.destroyed).toBe(true);
  });

  test('a stream that fails gives no digest', async () => {
    const failing = Readable.from(
      (async function* () {
        yield Buffer.from('abc');
        throw new Error('gone');
      })(),
    );
    await expect(hashStream(failing, ['md5'])).rejects.toThrow('gone');
  });
});
