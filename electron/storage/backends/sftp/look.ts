import type { Attributes } from './protocol/attributes.ts';
import type { RemotePath, SftpClient } from './protocol/sftp-client.ts';
import { isMissing } from './errors.ts';

/** What lies there, a link as itself; null when nothing does. */
export async function lookAt(sftp: SftpClient, path: RemotePath): Promise<Attributes | null> {
  return nullIfMissing(sftp.lstat(path));
}

/** What lies there, through links; null when nothing does. */
export async function lookThrough(sftp: SftpClient, path: RemotePath): Promise<Attributes | null> {
  return nullIfMissing(sftp.stat(path));
}

async function nullIfMissing(asked: Promise<Attributes>): Promise<Attributes | null> {
  try {
    return await asked;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
