import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FtpClient } from './client.ts';
import { ConnectionLost } from './reply.ts';

export interface PublishOptions {
  /** absolute paths of the server */
  readonly partial: string;
  readonly target: string;
  /** bytes */
  readonly size: number;
  readonly overwrite: boolean;
  /** the server's rename puts a file in the place of another one */
  readonly replaces: boolean;
}

/**
 * Gives a proven file its name. Where the server's rename replaces files, somebody may take a free name between the look and the rename;
 * where it does not, an old file must be deleted first. A rename whose answer was lost is looked up.
 * @throws already_exists unless `overwrite`; not_found (the folder is gone)
 */
export async function publish(client: FtpClient, options: PublishOptions): Promise<void> {
  const { target, overwrite, replaces } = options;
  const taken = (): StorageError => new StorageError('already_exists', `${target} exists already.`, { context: { path: target } });
  if (!overwrite || !replaces) {
    const there = await client.look(target);
    if (there !== null && !overwrite) throw taken();
    if (there !== null && there.kind !== 'folder') await client.remove(target);
  }
  try {
    await renameOnce(client, options);
  } catch (error) {
    const refused = error instanceof StorageError && !(error instanceof ConnectionLost) && error.code !== 'unavailable';
    if (refused && !replaces && !overwrite && (await client.look(target)) !== null) throw taken();
    throw error;
  }
}

async function renameOnce(client: FtpClient, { partial, target, size }: PublishOptions): Promise<void> {
  try {
    await client.rename(partial, target);
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    if ((await client.look(partial)) !== null) return client.rename(partial, target);
    if ((await client.look(target))?.size !== size) throw error;
  }
}
