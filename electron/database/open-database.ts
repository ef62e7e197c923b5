import { DatabaseClient } from './database-client.ts';
import type { Database } from './database.ts';
import { startThread } from './thread-carrier.ts';

export type { Database } from './database.ts';
export type { FileState } from './file-states.ts';

export interface OpenDatabaseOptions {
  /** where `holdfast.db` lies; made when missing */
  readonly folder: string;
  /** the built `database-thread`; absent: SQLite runs in this thread */
  readonly threadUrl?: URL | string;
}

/** Opens or makes the database. Several processes may have it open at the same time. @throws StorageError when the folder cannot be used */
export async function openDatabase({ folder, threadUrl }: OpenDatabaseOptions): Promise<Database> {
  const client = new DatabaseClient();
  if (threadUrl !== undefined) {
    const { carrier, notices } = await startThread(threadUrl, { folder }, client);
    client.connect(carrier);
    return client.database(notices);
  }
  const { openConnection } = await import('./open-connection.ts');
  const { inProcessCarrier } = await import('./in-process.ts');
  const { connection, notices } = openConnection(folder);
  client.connect(inProcessCarrier(connection, client));
  return client.database(notices);
}
