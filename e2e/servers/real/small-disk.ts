import { mkdir } from 'node:fs/promises';
import { guard, unguard } from './guardian.ts';
import { run } from './run.ts';

/**
 * Mounts a disk of so many bytes at a folder, for tests that fill it. Everybody may write there.
 *
 * @param readOnly nobody may write there
 * @returns what unmounts it (before the folder is removed), or null where it cannot be: only root of Linux can
 */
export async function mountSmallDisk(folder: string, bytes: number, { readOnly = false }: { readonly readOnly?: boolean } = {}): Promise<(() => Promise<void>) | null> {
  await mkdir(folder, { recursive: true });
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=1777${readOnly ? ',ro' : ''}`, 'tmpfs', folder]).catch(() => null);
  if (mounted === null) return null;
  guard('unmount', folder);
  return async () => {
    await run('umount', ['-l', folder]);
    unguard('unmount', folder);
  };
}
