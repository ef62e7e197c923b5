import type { UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import { type LocationPath, joinLocationPath } from '../../../../shared/storage/path.ts';
import { isAbandoned, isKeptName, isPartialName } from '../../partial-name.ts';
import type { SftpContext } from './context.ts';
import { isDenied, isMissing } from './errors.ts';
import { readEntries } from './listing.ts';
import { kindOf, modifiedIso } from './protocol/attributes.ts';
import type { SftpClient } from './protocol/sftp-client.ts';

/** Kept partial files in a folder and those below it; links are not entered, nor folders that this account may not read. */
export async function listUnfinished(sftp: SftpClient, root: SftpContext['root'], folder: LocationPath, signal: AbortSignal | undefined): Promise<readonly UnfinishedUpload[]> {
  const found: UnfinishedUpload[] = [];
  const folders: LocationPath[] = [];
  for await (const entries of readEntries(sftp, root.absolute(folder))) {
    signal?.throwIfAborted();
    for (const { bytes, name, attributes } of entries) {
      const kind = kindOf(attributes);
      if (isKeptName(name) && kind === 'file') {
        const path = joinLocationPath(folder, name);
        found.push({ id: path, path, size: attributes.size, startedAt: modifiedIso(attributes) });
      } else if (kind === 'folder' && Buffer.byteLength(name) <= 255 && Buffer.from(name).equals(bytes)) folders.push(joinLocationPath(folder, name));
    }
  }
  for (const inner of folders) found.push(...(await listUnfinished(sftp, root, inner, signal).catch(noneIfClosed)));
  return found;
}

/** Removes the partial files of crashed runs from one folder, and nothing else. */
export async function sweepFolder(sftp: SftpClient, folder: string, signal: AbortSignal | undefined): Promise<void> {
  const nowMs = Date.now();
  for await (const entries of readEntries(sftp, folder)) {
    signal?.throwIfAborted();
    for (const { name, attributes } of entries) {
      if (!isPartialName(name) || kindOf(attributes) !== 'file') continue;
      // The time of modification is the source's as soon as all bytes are there; that of access is then the server's own.
      const changedMs = Math.max(attributes.accessed ?? 0, attributes.modified ?? 0) * 1000;
      if (isAbandoned(name, { changedMs, nowMs })) await sftp.remove(`${folder === '/' ? '' : folder}/${name}`).catch(noneIfClosed);
    }
  }
}

function noneIfClosed(error: unknown): readonly never[] {
  if (isMissing(error) || isDenied(error)) return [];
  throw error;
}
