import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { PIECE, giveBack } from '../../../integrity/lent-pieces.ts';
import { FileReader } from './file-reader.ts';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

it.each([0, 1, 512 * 1024, 6 * 1024 * 1024 + 17])('memory that is used again keeps a chunk whole until the reader gives it back, file of %i bytes', async (size) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-reader-'));
  folders.push(folder);
  const bytes = randomBytes(size);
  await writeFile(join(folder, 'file'), bytes);
  const handle = await open(join(folder, 'file'));
  const hash = createHash('sha256');
  for await (const chunk of new FileReader(handle, { start: 0, end: size, closes: true })) {
    // Lets everything be read ahead that ever will be.
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    hash.update(chunk as Buffer);
    giveBack(chunk as Buffer);
  }
  expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
});

it('gives pieces that come one by one, whole, however many wait', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-reader-'));
  folders.push(folder);
  await writeFile(join(folder, 'file'), Buffer.alloc(4 * PIECE, 1));
  const handle = await open(join(folder, 'file'));
  const lengths: number[] = [];
  const memories = new Set<ArrayBufferLike>();
  for await (const chunk of new FileReader(handle, { start: 0, end: 4 * PIECE, closes: true })) {
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    lengths.push((chunk as Buffer).length);
    memories.add((chunk as Buffer).buffer);
    giveBack(chunk as Buffer);
  }
  expect(lengths).toEqual([PIECE, PIECE, PIECE, PIECE]);
  expect(memories.size).toBeLessThan(4);
});
