import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { blockId, readBlockId } from './block-id.ts';
import { DEFAULT_BLOCK, MAX_BLOCK, MAX_BLOCKS, MAX_SIZE, blockSizeAt, parallelBlocks, planBlocks } from './block-plan.ts';
import { BlockQueue, type OutgoingBlock } from './block-queue.ts';
import { formatToken, parseToken } from './resume-token.ts';

const MIB = 1024 * 1024;
const hex = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString('hex'));

describe('ids of blocks', () => {
  test('tell what they were made of, have one length and fit', () => {
    fc.assert(
      fc.property(hex(8), fc.nat({ max: MAX_BLOCKS }), hex(16), (upload, index, md5) => {
        const id = blockId({ upload, index, md5 });
        expect(readBlockId(id)).toEqual({ upload, index, md5 });
        expect(Buffer.from(id, 'base64')).toHaveLength(31);
      }),
    );
  });

  test.each(['', 'AAAAAA==', Buffer.from('0'.repeat(31)).toString('base64'), Buffer.from(`hf1${'0'.repeat(29)}`).toString('base64')])('those of others are told apart: %j', (id) => {
    expect(readBlockId(id)).toBeNull();
  });
});

describe('the plan', () => {
  test('grows blocks so that every size fits 50,000 of them', () => {
    for (const size of [undefined, 1, 97 * 1024 * MIB, 100 * 1024 * MIB, 1024 * 1024 * MIB, MAX_SIZE]) {
      const plan = planBlocks(size, DEFAULT_BLOCK);
      expect(plan.block).toBeLessThanOrEqual(MAX_BLOCK);
      expect(plan.block * MAX_BLOCKS).toBeGreaterThanOrEqual(size ?? 0);
    }
    expect(planBlocks(64 * MIB, DEFAULT_BLOCK).block).toBe(DEFAULT_BLOCK);
  });

  test('grows them on the way when the size is not known', () => {
    const plan = planBlocks(undefined, DEFAULT_BLOCK);
    expect(blockSizeAt(plan, 9_999)).toBe(DEFAULT_BLOCK);
    expect(blockSizeAt(plan, 10_000)).toBe(2 * DEFAULT_BLOCK);
    expect(blockSizeAt(planBlocks(undefined, MAX_BLOCK), 49_999)).toBe(MAX_BLOCK);
  });

  test('keeps what is on the way small, but never one block alone', () => {
    expect(parallelBlocks(DEFAULT_BLOCK)).toBe(4);
    expect(parallelBlocks(MAX_BLOCK)).toBe(2);
  });
});

test.each(['', '{}', 'x'.repeat(5000), '{"v":1,"upload":"../../","block":1,"grows":false}', '{"v":1,"upload":"0123456789abcdef","block":1e12,"grows":false}', '{"v":2,"upload":"0123456789abcdef","block":1,"grows":false}', 'null', null])('the token %j says nothing', (text) => {
  expect(parseToken(text)).toBeNull();
});

test('a token is read as it was written', () => {
  const token = { upload: '0123456789abcdef', block: DEFAULT_BLOCK, grows: true };
  expect(parseToken(formatToken(token))).toEqual(token);
});

describe('the queue of blocks', () => {
  const block = (id: string, released: string[]): OutgoingBlock => ({ id, bytes: Buffer.alloc(10), release: () => released.push(id) });

  test('sends so many at a time, and gives the memory of each back once', async () => {
    const released: string[] = [];
    let now = 0;
    let most = 0;
    const queue = new BlockQueue({
      parallel: 2,
      patience: 1000,
      send: async () => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now--;
      },
    });
    for (const id of ['a', 'b', 'c', 'd', 'e']) await queue.add(block(id, released));
    await queue.done();
    expect(most).toBe(2);
    expect(released.sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('tries a block again that the connection failed on, not one that was refused', async () => {
    const tries: string[] = [];
    const failing = (code: 'unavailable' | 'permission_denied') =>
      new BlockQueue({
        parallel: 1,
        patience: 1000,
        send: ({ id }) => {
          tries.push(id);
          return tries.length === 1 || code === 'permission_denied' ? Promise.reject(new StorageError(code, 'no')) : Promise.resolve();
        },
      });
    const passing = failing('unavailable');
    await passing.add(block('a', []));
    await passing.done();
    expect(tries).toEqual(['a', 'a']);
    const refused = failing('permission_denied');
    await refused.add(block('b', []));
    await expect(refused.done()).rejects.toMatchObject({ code: 'permission_denied' });
    await expect(refused.add(block('c', []))).rejects.toMatchObject({ code: 'permission_denied' });
    expect(tries).toEqual(['a', 'a', 'b']);
  });

  test('stopping cuts what is half sent and waits for what is wholly sent', async () => {
    const ends: string[] = [];
    let finish: () => void = () => undefined;
    const queue = new BlockQueue({
      parallel: 2,
      patience: 1000,
      send: ({ id }, signal, onSent) => {
        onSent(id === 'whole' ? 10 : 5);
        return new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => {
            ends.push(`${id} cut`);
            reject(new StorageError('canceled', 'Canceled.'));
          });
          if (id === 'whole') finish = () => {
            ends.push(`${id} stored`);
            resolve();
          };
        });
      },
    });
    await queue.add(block('whole', []));
    await queue.add(block('half', []));
    const stopped = queue.stop();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ends).toEqual(['half cut']);
    finish();
    await stopped;
    expect(ends).toEqual(['half cut', 'whole stored']);
  });
});
