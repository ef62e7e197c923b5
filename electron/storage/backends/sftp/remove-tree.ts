import { isMissing } from './errors.ts';
import { readEntries } from './listing.ts';
import { kindOf } from './protocol/attributes.ts';
import type { RemotePath, SftpClient } from './protocol/sftp-client.ts';

/** Folders that are entered at the same time, and so handles that are open. */
const PARALLEL = 4;

/**
 * Removes a folder with all that is in it. Links are removed, never followed. Works on the bytes of names, so that those that are no valid
 * text go too. Stops at the first failure; what was removed until then is gone.
 */
export async function removeTree(sftp: SftpClient, folder: RemotePath, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const folders: Buffer[] = [];
  for await (const entries of readEntries(sftp, folder)) {
    signal?.throwIfAborted();
    await Promise.all(
      entries.map(async ({ bytes, attributes }) => {
        const path = Buffer.concat([Buffer.from(folder), Buffer.from('/'), bytes]);
        if (kindOf(attributes) === 'folder') folders.push(path);
        else await unlessMissing(sftp.remove(path));
      }),
    );
  }
  for (let at = 0; at < folders.length; at += PARALLEL) await Promise.all(folders.slice(at, at + PARALLEL).map((inner) => removeTree(sftp, inner, signal)));
  await sftp.removeFolder(folder);
}

async function unlessMissing(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
