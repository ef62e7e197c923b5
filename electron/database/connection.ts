import Libsql from 'libsql';
import { StorageError } from '../../shared/storage/errors.ts';
import { wrapSqlError } from './wrap-sql-error.ts';

/** What SQLite takes and gives. `all` gives blobs as ArrayBuffer. */
export type SqlValue = string | number | null | Uint8Array | ArrayBuffer;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** How long a statement waits for another process that writes, in milliseconds. */
const BUSY_TIMEOUT_MS = 15_000;

/** One open SQLite file with its prepared statements. Every failure is a StorageError. */
export class Connection {
  readonly path: string;
  readonly #database: Libsql.Database;
  readonly #statements = new Map<string, Libsql.Statement>();

  constructor(path: string) {
    this.path = path;
    this.#database = open(path);
  }

  exec(sql: string): void {
    guard(() => this.#database.exec(sql));
  }

  /** @returns the number of rows changed */
  run(sql: string, parameters: readonly SqlValue[] = []): number {
    return guard(() => this.#prepare(sql).run(parameters as SqlValue[]).changes);
  }

  all<Row = SqlRow>(sql: string, parameters: readonly SqlValue[] = []): readonly Row[] {
    return guard(() => this.#prepare(sql).all(parameters as SqlValue[]) as Row[]);
  }

  /** The first row, read by `all` because `get` of libsql adds a property of its own and leaves the statement open. */
  one<Row = SqlRow>(sql: string, parameters: readonly SqlValue[] = []): Row | undefined {
    return this.all<Row>(sql, parameters)[0];
  }

  /** Runs `action` in a transaction that holds the right to write from the start. */
  transaction<T>(action: () => T): T {
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = action();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** Ends a transaction that failed; SQLite may have ended it already. */
  rollback(): void {
    if (this.#database.inTransaction) this.exec('ROLLBACK');
  }

  close(): void {
    this.#statements.clear();
    guard(() => this.#database.close());
  }

  #prepare(sql: string): Libsql.Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function open(path: string): Libsql.Database {
  try {
    return new Libsql(path, { timeout: BUSY_TIMEOUT_MS });
  } catch (error) {
    throw new StorageError('permission_denied', `The database of Holdfast cannot be opened: ${path}. ${error instanceof Error ? error.message : String(error)}`, { cause: error, context: { path } });
  }
}

function guard<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw wrapSqlError(error);
  }
}
