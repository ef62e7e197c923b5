import { type ErrorRecord, StorageError } from '../../shared/storage/errors.ts';
import type { Receipt } from '../../shared/transfers/transfer.ts';
import type { Database } from './database.ts';
import type { Answer } from './group-commit.ts';
import type { Operations, Remote, Request, TableName } from './operations.ts';
import type { ReceiptWindow } from './receipts.ts';

/** Carries requests to where SQLite runs. */
export interface Carrier {
  send(request: Request): void;
  /** Resolves when everything sent before was answered and the file is closed. */
  close(): Promise<void>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: StorageError): void;
}

const RECEIPT_WINDOW = 1000;

/** Numbers the requests and gives each answer to the one who asked. */
export class DatabaseClient {
  readonly #waiting = new Map<number, Waiting>();
  #carrier: Carrier | null = null;
  #ended: ErrorRecord | null = null;
  #closing: Promise<void> | null = null;
  #last = 0;

  connect(carrier: Carrier): void {
    this.#carrier = carrier;
  }

  accept(answers: readonly Answer[]): void {
    for (const answer of answers) {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('error' in answer) waiting?.reject(fromRecord(answer.error));
      else waiting?.resolve(answer.value);
    }
  }

  /** Fails what waits and what will be asked. */
  end(error: ErrorRecord): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(fromRecord(error));
    this.#waiting.clear();
  }

  ask(table: TableName, operation: string, parameters: readonly unknown[]): Promise<unknown> {
    if (this.#ended !== null) return Promise.reject(fromRecord(this.#ended));
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#carrier?.send({ id, table, operation, parameters });
    });
  }

  table<Name extends TableName>(name: Name): Remote<Operations[Name]> {
    const operations = new Map<string, (...parameters: readonly unknown[]) => Promise<unknown>>();
    return new Proxy({}, {
      get: (_target, operation) => {
        if (typeof operation !== 'string' || operation === 'then') return undefined;
        const known = operations.get(operation) ?? ((...parameters: readonly unknown[]) => this.ask(name, operation, parameters));
        operations.set(operation, known);
        return known;
      },
    }) as Remote<Operations[Name]>;
  }

  database(notices: readonly string[]): Database {
    const receipts = this.table('receipts');
    return {
      notices,
      locations: this.table('locations'),
      settings: this.table('settings'),
      secrets: this.table('secrets'),
      journal: { owners: this.table('owners'), batches: this.table('batches'), walks: this.table('walks'), transfers: this.table('transfers') },
      receipts: { get: receipts.get, forFile: receipts.forFile, page: receipts.page, all: () => windows(receipts, 'all'), latest: () => windows(receipts, 'latest') },
      fileStates: this.table('fileStates'),
      close: () => {
        this.#closing ??= this.#carrier?.close() ?? Promise.resolve();
        this.#ended ??= new StorageError('unexpected', 'The database is closed.').toRecord();
        return this.#closing;
      },
    };
  }
}

async function* windows(receipts: Remote<Operations['receipts']>, only: 'all' | 'latest'): AsyncGenerator<readonly Receipt[]> {
  for (let from: number | null = 0; from !== null; ) {
    const { rows, next }: ReceiptWindow = await receipts.after(from, RECEIPT_WINDOW, only);
    if (rows.length > 0) yield rows;
    from = next;
  }
}

function fromRecord({ code, message, retryable, context }: ErrorRecord): StorageError {
  return new StorageError(code, message, { retryable, context });
}
