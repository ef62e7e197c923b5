import { type ErrorRecord, StorageError } from '../../shared/storage/errors.ts';
import type { Connection } from './connection.ts';
import { type Request, createOperations } from './operations.ts';
import { wrapSqlError } from './wrap-sql-error.ts';

export type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: ErrorRecord };

type Call = (...parameters: readonly unknown[]) => unknown;

/** Runs requests that came together in one transaction, so that they share one wait for the disk. */
export class GroupCommit {
  readonly #connection: Connection;
  readonly #reads = new Map<string, Call>();
  readonly #writes = new Map<string, Call>();

  constructor(connection: Connection) {
    this.#connection = connection;
    for (const [table, { reads, writes }] of Object.entries(createOperations(connection))) {
      for (const [name, call] of Object.entries(reads)) this.#reads.set(`${table}.${name}`, call as Call);
      for (const [name, call] of Object.entries(writes)) this.#writes.set(`${table}.${name}`, call as Call);
    }
  }

  /** In the order given. A request that fails takes back its own changes only; when the commit fails, every write of the group failed. */
  run(requests: readonly Request[]): readonly Answer[] {
    if (!requests.some((request) => this.#writes.has(keyOf(request)))) return requests.map((request) => this.#answer(request));
    try {
      return this.#connection.transaction(() => requests.map((request) => this.#answer(request)));
    } catch (error) {
      const record = wrapSqlError(error).toRecord();
      return requests.map(({ id }) => ({ id, error: record }));
    }
  }

  #answer(request: Request): Answer {
    const { id, parameters } = request;
    const key = keyOf(request);
    try {
      const write = this.#writes.get(key);
      if (write !== undefined) return { id, value: this.#inSavepoint(() => write(...parameters)) };
      const read = this.#reads.get(key);
      if (read === undefined) throw new StorageError('unexpected', `The database has no operation ${JSON.stringify(key)}.`);
      return { id, value: read(...parameters) };
    } catch (error) {
      return { id, error: wrapSqlError(error).toRecord() };
    }
  }

  #inSavepoint<T>(action: () => T): T {
    this.#connection.exec('SAVEPOINT request');
    try {
      const result = action();
      this.#connection.exec('RELEASE request');
      return result;
    } catch (error) {
      this.#connection.exec('ROLLBACK TO request; RELEASE request;');
      throw error;
    }
  }
}

function keyOf({ table, operation }: Request): string {
  return `${table}.${operation}`;
}
