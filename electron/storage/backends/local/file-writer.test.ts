import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { FileWriter } from './file-writer.ts';

const MIB = 1024 * 1024;

/** A file that takes at most `most` bytes a call, as full disks, pipes and network folders do. */
function reluctantFile(most: number, size: number) {
  const bytes = Buffer.alloc(size);
  const handle = {
    writev: (buffers: readonly Buffer[], position: number) => {
      const given = Buffer.concat(buffers).subarray(0, most);
      given.copy(bytes, position);
      return Promise.resolve({ bytesWritten: given.length });
    },
    datasync: () => Promise.resolve(),
  };
  return { bytes, handle: handle as unknown as FileHandle };
}

test.each([1, 7, 10, 11, 1000])('writes that take %i bytes only are continued where they stopped', async (most) => {
  const source = Buffer.from(Array.from({ length: 333 }, (_, at) => at % 251));
  const { bytes, handle } = reluctantFile(most, 340);
  const pieces = Array.from({ length: 34 }, (_, at) => source.subarray(at * 10, at * 10 + 10));
  await pipeline(Readable.from(pieces), new FileWriter(handle, 5));
  expect(bytes.subarray(5, 338).equals(source)).toBe(true);
  expect([...bytes.subarray(0, 5), ...bytes.subarray(338)]).toEqual([0, 0, 0, 0, 0, 0, 0]);
});

test('what the disk could not take in between fails the write, also when it was the last', async () => {
  for (const size of [33 * MIB, 70 * MIB]) {
    const { handle } = reluctantFile(MIB, 0);
    const failing = Object.assign(handle, { datasync: () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })) });
    const piece = Buffer.alloc(MIB);
    const source = Readable.from(Array.from({ length: size / MIB }, () => piece));
    await expect(pipeline(source, new FileWriter(failing, 0))).rejects.toThrow('EIO');
  }
});
