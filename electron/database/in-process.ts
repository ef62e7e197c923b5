import type { Connection } from './connection.ts';
import type { Carrier, DatabaseClient } from './database-client.ts';
import { GroupCommit } from './group-commit.ts';
import type { Request } from './operations.ts';

/** SQLite in the thread of the caller: for tests and for whoever starts no thread. Requests of one turn of the event loop form a group. */
export function inProcessCarrier(connection: Connection, client: DatabaseClient): Carrier {
  const commit = new GroupCommit(connection);
  let waiting: Request[] = [];
  const flush = (): void => {
    const group = waiting;
    waiting = [];
    if (group.length > 0) client.accept(commit.run(group));
  };
  return {
    send: (request) => {
      waiting.push(request);
      if (waiting.length === 1) setImmediate(flush);
    },
    close: () => {
      flush();
      closeFile(connection);
      return Promise.resolve();
    },
  };
}

/** Leaves one file behind where no other process has it open. */
export function closeFile(connection: Connection): void {
  connection.exec('PRAGMA wal_checkpoint(PASSIVE)');
  connection.close();
}
