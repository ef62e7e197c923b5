import { batchesTable } from './batches.ts';
import type { Connection } from './connection.ts';
import { fileStatesTable } from './file-states.ts';
import { locationsTable } from './locations.ts';
import { ownersTable } from './owners.ts';
import { receiptsTable } from './receipts.ts';
import { secretsTable } from './secrets.ts';
import { settingsTable } from './settings.ts';
import { transfersTable } from './transfers.ts';
import { walksTable } from './walks.ts';

/** Everything that can be asked of the database, by table. Reads change nothing; writes run inside a transaction that others share. */
export function createOperations(connection: Connection) {
  return {
    locations: locationsTable(connection),
    settings: settingsTable(connection),
    secrets: secretsTable(connection),
    owners: ownersTable(connection),
    batches: batchesTable(connection),
    walks: walksTable(connection),
    transfers: transfersTable(connection),
    receipts: receiptsTable(connection),
    fileStates: fileStatesTable(connection),
  };
}

export type Operations = ReturnType<typeof createOperations>;
export type TableName = keyof Operations;

/** The operations of a table as its callers see them: asynchronous, answered after the commit. */
export type Remote<Table extends { readonly reads: object; readonly writes: object }> = RemoteOf<Table['reads']> & RemoteOf<Table['writes']>;
type RemoteOf<Functions> = { readonly [Name in keyof Functions]: Functions[Name] extends (...parameters: infer Parameters) => infer Result ? (...parameters: Parameters) => Promise<Result> : never };

/** One call, as it crosses to the thread. */
export interface Request {
  readonly id: number;
  readonly table: TableName;
  readonly operation: string;
  readonly parameters: readonly unknown[];
}
