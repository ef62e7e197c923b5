import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Entry } from './entry.ts';
import { refusal } from './entry.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';

/** Windows has neither flag, nor the pipes and links that they guard against. */
const GUARDED: number = ['O_NOFOLLOW', 'O_NONBLOCK'].reduce((flags, name) => flags | ((constants as Readonly<Record<string, number | undefined>>)[name] ?? 0), 0);

/**
 * Opens what {@link inspect} found to be a regular file, and makes sure that it is still the same one: a pipe that took its place would
 * hang a blind open, a link would lead elsewhere.
 */
export async function openRegular(path: LocationPath, entry: Entry, access: 'read' | 'write'): Promise<FileHandle> {
  const handle = await open(entry.real, (access === 'read' ? constants.O_RDONLY : constants.O_WRONLY) | GUARDED);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw refusal(path, 'is no regular file any more');
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
