import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { FileReader } from './file-reader.ts';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

it.each([0, 1, 512 * 1024, 6 * 1024 * 1024 + 17])('memory that is used again keeps a chunk whole while the reader is busy with it, file of %i bytes', async (size) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-reader-'));
  folders.push(folder);
  const bytes = randomBytes(size);
  await writeFile(join(folder, 'file'), bytes);
  const handle = await open(join(folder, 'file'));
  const hash = createHash('sha256');
  for await (const chunk of new FileReader(handle, { start: 0, end: size, closes: true, reuses: true })) {
    // Lets everything be read ahead that ever will be.
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    hash.update(chunk as Buffer);
  }
  expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
});
