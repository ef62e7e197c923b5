import { Worker } from 'node:worker_threads';
import { StorageError } from '../../shared/storage/errors.ts';
import type { Carrier, DatabaseClient } from './database-client.ts';
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts';

/** Starts the database thread. @throws StorageError when the database cannot be opened */
export async function startThread(url: URL | string, data: ThreadData, client: DatabaseClient): Promise<{ readonly carrier: Carrier; readonly notices: readonly string[] }> {
  const worker = new Worker(url, { workerData: data, name: 'database' });
  const say = (message: ToThread): void => worker.postMessage(message);
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));

  const notices = await new Promise<readonly string[]>((resolve, reject) => {
    const fail = (reason: string, cause?: unknown): void => {
      const error = new StorageError('unexpected', `The database of Holdfast ended: ${reason}.`, { cause });
      client.end(error.toRecord());
      reject(error);
    };
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'answers') client.accept(message.answers);
      else if (message.kind === 'opened') resolve(message.notices);
      else reject(new StorageError(message.error.code, message.error.message, message.error));
    });
    worker.once('error', (error) => fail(error instanceof Error ? error.message : String(error), error));
    worker.once('exit', () => fail('its thread is gone'));
  });

  return {
    notices,
    carrier: {
      send: (request) => say({ kind: 'request', request }),
      close: () => {
        say({ kind: 'close' });
        return exited;
      },
    },
  };
}
