import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import type { SftpContext } from './context.ts';
import { isFailure } from './errors.ts';
import { lookAt } from './look.ts';
import { kindOf } from './protocol/attributes.ts';
import type { SftpClient } from './protocol/sftp-client.ts';

/** Renames a file or a folder, a link as itself. @throws StorageError already_exists, invalid_location (into itself) */
export async function moveEntry(sftp: SftpClient, { root, findings }: Pick<SftpContext, 'root' | 'findings'>, from: LocationPath, to: LocationPath, overwrite: boolean): Promise<void> {
  const [source, target] = [root.absolute(from), root.absolute(to)];
  const taken = (cause?: unknown) => new StorageError('already_exists', `${JSON.stringify(to)} exists already.`, { cause, context: { path: to } });
  const [moved, there] = await Promise.all([sftp.lstat(source), lookAt(sftp, target)]);
  if (to.startsWith(`${from}/`)) throw new StorageError('invalid_location', `${JSON.stringify(from)} cannot be moved into itself.`, { context: { from, to } });
  const isFolder = kindOf(moved) === 'folder';
  if (there !== null && (!overwrite || isFolder !== (kindOf(there) === 'folder'))) throw taken();
  if (from === to) return;
  try {
    if (there === null) await sftp.rename(source, target);
    else if (findings.replacing === 'posix-rename') await sftp.posixRename(source, target);
    else {
      if (findings.replacing === 'aside') await (isFolder ? sftp.removeFolder(target) : sftp.remove(target));
      await sftp.rename(source, target);
    }
  } catch (error) {
    if (!isFailure(error)) throw error;
    // Somebody may have come in between, or the folder to be replaced is not empty.
    if ((await lookAt(sftp, target)) !== null) throw taken(error);
    throw new StorageError('unsupported', `The server does not move ${JSON.stringify(from)} to ${JSON.stringify(to)}, maybe because they lie on different disks: copy it there, then remove the original.`, { cause: error, context: { from, to } });
  }
}
