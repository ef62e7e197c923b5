import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import type { SftpContext } from './context.ts';
import { isFailure, isMissing, sftpError } from './errors.ts';
import { lookThrough } from './look.ts';
import { kindOf } from './protocol/attributes.ts';
import type { SftpClient } from './protocol/sftp-client.ts';
import type { SftpStatus } from './protocol/status.ts';
import { shown } from './remote-root.ts';

/** A disk with less room than this is full for all that matters, in bytes: a piece that does not fit leaves some of it. */
const FULL = 1024 * 1024;

/** Servers answer a full disk, and one that is mounted read only, with the word "Failure" alone: the disk itself is asked then. Where it cannot be, the server's words are all there is. */
export async function writeError(sftp: SftpClient, context: Pick<SftpContext, 'root' | 'findings'>, path: LocationPath, error: unknown): Promise<StorageError> {
  const place = context.root.absolute(path);
  const wrapped = sftpError(error, `write ${shown(place)}`, path);
  if (isMissing(error)) return badFolder(sftp, context, path, wrapped);
  if (!isFailure(error)) return wrapped;
  const folder = context.root.parent(path);
  const facts = context.findings.statvfs ? await sftp.fileSystem(folder).catch(() => null) : null;
  const full = facts === null ? /\bspace\b|\bquota\b|\bfull\b/i.test((error as SftpStatus).message) : facts.available < FULL || facts.freeFiles === 0;
  if (full) return new StorageError('out_of_space', `There is no room left in ${shown(folder)} on the server: could not write ${shown(place)}.`, { cause: error, context: { ...wrapped.context, ...(facts !== null && { available: facts.available }) } });
  if (facts?.readOnly === true) return new StorageError('permission_denied', `The disk of ${shown(folder)} on the server can only be read: could not write ${shown(place)}.`, { cause: error, context: { ...wrapped.context, reason: 'storage_read_only' } });
  return badFolder(sftp, context, path, wrapped);
}

/** Says what is wrong with the folder, if something is. */
async function badFolder(sftp: SftpClient, { root }: Pick<SftpContext, 'root'>, path: LocationPath, wrapped: StorageError): Promise<StorageError> {
  const folder = root.parent(path);
  const there = await lookThrough(sftp, folder).catch(() => null);
  if (there !== null && kindOf(there) !== 'folder') return new StorageError('invalid_location', `${shown(folder)} is no folder: nothing can be stored in it.`, { cause: wrapped, context: wrapped.context });
  if (wrapped.code !== 'not_found') return wrapped;
  return new StorageError('not_found', `The folder ${shown(folder)} is not there.`, { cause: wrapped, context: wrapped.context });
}
