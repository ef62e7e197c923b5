import { type FileHandle, open } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { FolderSync } from './folder-sync.ts';
import { TestFolder, isPosix } from './test-folder.ts';

const here = new TestFolder();

/** Counts syncs and lets each end only when told so. */
async function holdSyncs(): Promise<{ begun: number; end: () => void }> {
  const handle = await open(here.folder, 'r');
  await handle.close();
  const held = { begun: 0, end: () => undefined as void };
  vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'sync').mockImplementation(() => {
    held.begun += 1;
    return new Promise((resolve) => {
      held.end = resolve;
    });
  });
  return held;
}

test.runIf(isPosix)('one sync serves all who asked before it began; who asks while it runs gets another', async () => {
  const held = await holdSyncs();
  const folder = new FolderSync().use(here.folder);
  const first = [folder.sync(), folder.sync()];
  await vi.waitFor(() => expect(held.begun).toBe(1));
  const late = [folder.sync(), folder.sync(), folder.sync()];
  held.end();
  await Promise.all(first);
  await vi.waitFor(() => expect(held.begun).toBe(2));
  held.end();
  await Promise.all(late);
  const last = folder.sync();
  await vi.waitFor(() => expect(held.begun).toBe(3));
  held.end();
  await last;
  await folder.release();
});

test.runIf(isPosix)('a sync that fails fails those whom it served, and not the next', async () => {
  const folder = new FolderSync().use(here.folder);
  const handle = await open(here.folder, 'r');
  await handle.close();
  const spy = vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'sync').mockRejectedValueOnce(Object.assign(new Error('EIO'), { code: 'EIO' }));
  await expect(Promise.allSettled([folder.sync(), folder.sync()])).resolves.toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  spy.mockResolvedValueOnce();
  await folder.sync();
  spy.mockRejectedValueOnce(Object.assign(new Error('EINVAL'), { code: 'EINVAL' }));
  await folder.sync();
  await folder.release();
});

test.runIf(isPosix)('a folder that does not exist cannot be synced', async () => {
  await expect(new FolderSync().sync(here.at('missing'))).rejects.toMatchObject({ code: 'ENOENT' });
});
