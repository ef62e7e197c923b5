import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { GroupCommit } from './group-commit.ts';
import { closeFile } from './in-process.ts';
import { openConnection } from './open-connection.ts';
import type { Request } from './operations.ts';
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts';
import { wrapSqlError } from './wrap-sql-error.ts';

/** Requests that share a transaction at most, so that the first of them does not wait long. */
const GROUP_LIMIT = 256;

/** Entry of the database thread: SQLite and its waits for the disk stay off the main thread. */
function serve(port: NonNullable<typeof parentPort>, { folder }: ThreadData): void {
  const say = (message: FromThread): void => port.postMessage(message);
  const { connection, notices } = openConnection(folder);
  const commit = new GroupCommit(connection);

  port.on('message', (first: ToThread) => {
    const group: Request[] = [];
    let closing = false;
    for (let message: ToThread | undefined = first; message !== undefined; message = group.length < GROUP_LIMIT ? waitingMessage(port) : undefined) {
      if (message.kind === 'request') group.push(message.request);
      else closing = true;
    }
    if (group.length > 0) say({ kind: 'answers', answers: commit.run(group) });
    if (!closing) return;
    closeFile(connection);
    port.close();
  });
  say({ kind: 'opened', notices });
}

function waitingMessage(port: NonNullable<typeof parentPort>): ToThread | undefined {
  return (receiveMessageOnPort(port) as { readonly message: ToThread } | undefined)?.message;
}

if (parentPort !== null) {
  try {
    serve(parentPort, workerData as ThreadData);
  } catch (error) {
    parentPort.postMessage({ kind: 'failed', error: wrapSqlError(error).toRecord() } satisfies FromThread);
    parentPort.close();
  }
}
