import { StorageError } from '../../../../shared/storage/errors.ts';
import { ConnectionLost } from './connection-lost.ts';
import { isFailure, isRefused } from './errors.ts';
import type { Findings } from './findings.ts';
import { lookAt } from './look.ts';
import type { ConnectionPool } from './pool.ts';
import { kindOf } from './protocol/attributes.ts';
import { OPEN, STATUS } from './protocol/constants.ts';
import type { SftpClient } from './protocol/sftp-client.ts';
import { statusOf } from './protocol/status.ts';

export interface Publishing {
  /** the finished file, and the name that it is to have; absolute */
  readonly from: string;
  readonly to: string;
  readonly overwrite: boolean;
  /** bytes of the finished file */
  readonly size: number;
  /** the digest of what lies at a path, as far as the server tells; to recognise our own file */
  readonly digest: (path: string) => Promise<string | null>;
}

type Ways = Pick<Findings, 'replacing' | 'naming'>;

/** Gives a finished file its name. An answer that was lost with the connection is looked up on another one. @throws StorageError already_exists; what the server refuses */
export async function publish(sftp: SftpClient, pool: ConnectionPool, ways: Ways, publishing: Publishing): Promise<void> {
  try {
    await giveName(sftp, ways, publishing);
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    await pool.use((connection) => lookUp(connection.sftp, ways, publishing));
  }
}

/** Nobody else uses the name of a partial file: once it is gone, the file has its name. */
async function lookUp(sftp: SftpClient, ways: Ways, publishing: Publishing): Promise<void> {
  const { from, to, size } = publishing;
  const [partial, file] = await Promise.all([lookAt(sftp, from), lookAt(sftp, to)]);
  if (partial === null) {
    if (file?.size === size) return;
    throw new StorageError('unavailable', `The connection was lost while ${JSON.stringify(to)} was given its name, and now neither it nor its partial file is there.`, { context: { startOver: true } });
  }
  try {
    await giveName(sftp, ways, publishing);
  } catch (error) {
    // The link that we made before the answer was lost.
    const ours = error instanceof StorageError && error.code === 'already_exists' && ways.naming === 'link' && file?.size === size;
    if (!ours || (await publishing.digest(to)) !== (await publishing.digest(from))) throw error;
    await sftp.remove(from);
  }
}

/** A server that says that it is done is looked at, in the same breath where the name is given by one request. */
async function giveName(sftp: SftpClient, ways: Ways, publishing: Publishing): Promise<void> {
  const { to, overwrite } = publishing;
  const naming = overwrite ? replace(sftp, ways.replacing, publishing) : takeFreeName(sftp, ways.naming, publishing);
  const atOnce = overwrite ? ways.replacing !== 'aside' : ways.naming === 'rename';
  naming.catch(() => undefined);
  if (!atOnce) await naming.catch(() => undefined);
  const looked = lookAt(sftp, to);
  looked.catch(() => undefined);
  try {
    await naming;
  } catch (error) {
    if (overwrite || !isRefused(error)) throw error;
    throw statusOf(error) === STATUS.alreadyExists || (await looked) !== null ? takenError(to, error) : error;
  }
  if ((await looked) === null) throw new StorageError('unavailable', `The server says that it gave ${JSON.stringify(to)} its name, but nothing is there.`, { context: { path: to, startOver: true } });
}

async function replace(sftp: SftpClient, replacing: Findings['replacing'], { from, to }: Publishing): Promise<void> {
  try {
    if (replacing === 'posix-rename') return await sftp.posixRename(from, to);
    if (replacing === 'rename') return await sftp.rename(from, to);
    await replaceAside(sftp, from, to);
  } catch (error) {
    if (isFailure(error) && kindOf((await lookAt(sftp, to)) ?? { mode: null }) === 'folder') throw new StorageError('already_exists', `${JSON.stringify(to)} is a folder already.`, { cause: error, context: { path: to } });
    throw error;
  }
}

/** Nothing is ever lost on the way: until the new file has its name the old one is there under another. */
async function replaceAside(sftp: SftpClient, from: string, to: string): Promise<void> {
  if ((await lookAt(sftp, to)) === null) return sftp.rename(from, to);
  const aside = `${from}.old`;
  await sftp.rename(to, aside);
  try {
    await sftp.rename(from, to);
  } catch (error) {
    await sftp.rename(aside, to);
    throw error;
  }
  await sftp.remove(aside);
}

async function takeFreeName(sftp: SftpClient, naming: Findings['naming'], { from, to }: Publishing): Promise<void> {
  switch (naming) {
    case 'rename':
      return sftp.rename(from, to);
    case 'link':
      await sftp.hardlink(from, to);
      return sftp.remove(from);
    case 'reserve': {
      const handle = await sftp.open(to, OPEN.write | OPEN.create | OPEN.exclusive);
      try {
        await Promise.all([sftp.close(handle), sftp.posixRename(from, to)]);
      } catch (error) {
        if (isRefused(error)) await sftp.remove(to);
        throw error;
      }
      return;
    }
    case 'look':
      if ((await lookAt(sftp, to)) !== null) throw takenError(to);
      return sftp.rename(from, to);
  }
}

function takenError(to: string, cause?: unknown): StorageError {
  return new StorageError('already_exists', `${JSON.stringify(to)} exists already.`, { cause, context: { path: to } });
}
