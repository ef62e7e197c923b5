import { StorageError } from '../../shared/storage/errors.ts';
import type { ConflictPolicy, TransferState } from '../../shared/transfers/transfer.ts';
import type { Connection, SqlValue } from './connection.ts';
import { fileStatesTable } from './file-states.ts';
import { insertReceipt } from './receipts.ts';
import type { Ending, LeftRow, Selection, TransferListRow, TransferRow } from './transfer-rows.ts';

const ROW = `t.seq, t.batch, b.id AS batchId, b.direction, b.location_id AS locationId, t.kind, t.source, t.destination, t.size, t.state, t.detail, t.receipt,
  coalesce(t.conflict, b.conflict) AS conflict, t.attempts, t.tries, t.errors, t.interrupted, t.published, t.resume,
  t.queued_at AS queuedAt, t.started_at AS startedAt, t.finished_at AS finishedAt`;
const FROM = 'FROM transfers t JOIN batches b ON b.seq = t.batch';

/** Rows that a process may touch: of its own batches and of those that nobody owns. */
const MINE = 'batch IN (SELECT seq FROM batches WHERE owner IS NULL OR owner = ?)';

/** Failures that a transfer remembers; the oldest go first. */
const ERRORS_KEPT = 20;

export interface ListQuery {
  readonly offset: number;
  readonly limit: number;
  readonly batch?: number | undefined;
  readonly states?: readonly TransferState[] | undefined;
}

export function transfersTable(connection: Connection) {
  const fileStates = fileStatesTable(connection);

  /** Selects up to `limit` rows in certain states that the owner may touch. */
  const select = (selection: Selection, states: readonly TransferState[], owner: string, limit: number, extra = 'true'): readonly { readonly seq: number; readonly kind: string }[] => {
    const conditions = [`state IN (${states.map(() => '?').join(', ')})`, MINE, extra];
    const parameters: SqlValue[] = [...states, owner];
    if (selection.transfer !== undefined) conditions.push('seq = ?');
    if (selection.batch !== undefined) conditions.push('batch = ?');
    for (const value of [selection.transfer, selection.batch]) if (value !== undefined) parameters.push(value);
    return connection.all(`SELECT seq, kind FROM transfers WHERE ${conditions.join(' AND ')} LIMIT ?`, [...parameters, limit]);
  };
  const adoptBatchesOf = (seqs: string, owner: string): void => {
    connection.run('UPDATE batches SET owner = ? WHERE owner IS NULL AND seq IN (SELECT batch FROM transfers WHERE seq IN (SELECT value FROM json_each(?)))', [owner, seqs]);
  };

  return {
    reads: {
      get: (seq: number): TransferRow | null => connection.one<TransferRow>(`SELECT ${ROW} ${FROM} WHERE t.seq = ?`, [seq]) ?? null,
      /** In the order of queueing. States are merged from the index, so that no window is ever sorted. */
      list: ({ offset, limit, batch, states }: ListQuery): readonly TransferListRow[] => {
        const inBatch = batch === undefined ? '' : 'batch = ?';
        const one = batch === undefined ? [] : [batch];
        const parts = states === undefined ? [inBatch] : states.map(() => [...(inBatch === '' ? [] : [inBatch]), 'state = ?'].join(' AND '));
        if (parts.length === 0) return [];
        const selects = parts.map((where) => `SELECT seq FROM transfers${where === '' ? '' : ` WHERE ${where}`}`).join(' UNION ALL ');
        const parameters: SqlValue[] = states === undefined ? one : states.flatMap((state) => [...one, state]);
        return connection.all<TransferListRow>(
          `SELECT ${ROW}, r.body AS receiptBody ${FROM} LEFT JOIN receipts r ON r.id = t.receipt WHERE t.seq IN (SELECT seq FROM (${selects} ORDER BY seq LIMIT ? OFFSET ?)) ORDER BY t.seq`,
          [...parameters, limit, offset],
        );
      },
      /** Up to `limit` rows in these states that left something at their destination. */
      left: (states: readonly TransferState[], owner: string, limit: number): readonly LeftRow[] =>
        connection.all<LeftRow>(
          `SELECT t.seq, b.direction, b.location_id AS locationId, b.root, t.resume ${FROM} WHERE t.resume IS NOT NULL AND t.state IN (${states.map(() => '?').join(', ')}) AND (b.owner IS NULL OR b.owner = ?) LIMIT ?`,
          [...states, owner, limit],
        ),
      /** When the next waiting row of a batch is due, in milliseconds since 1970; null when none waits. */
      nextDue: (batch: number): number | null =>
        connection.one<{ due: number | null }>("SELECT min(run_after) AS due FROM transfers WHERE batch = ? AND run_after > 0 AND state = 'queued'", [batch])?.due ?? null,
    },
    writes: {
      /** Begins the oldest queued row of a batch of this owner that is due. @returns null when there is none */
      claim: (batch: number, owner: string, now: number): TransferRow | null => {
        const [claimed] = connection.all<{ seq: number }>(
          `UPDATE transfers SET state = 'transferring', attempts = attempts + 1, tries = tries + 1, run_after = 0, detail = NULL, started_at = coalesce(started_at, ?)
           WHERE seq = (SELECT seq FROM transfers WHERE batch = ? AND state = 'queued' AND run_after <= ? ORDER BY seq LIMIT 1)
             AND EXISTS (SELECT 1 FROM batches WHERE seq = batch AND owner = ?)
           RETURNING seq`,
          [new Date(now).toISOString(), batch, now, owner],
        );
        return claimed === undefined ? null : (connection.one<TransferRow>(`SELECT ${ROW} ${FROM} WHERE t.seq = ?`, [claimed.seq]) ?? null);
      },
      /** Ends a try; the receipt, the state of the stored file and the row become durable together. @throws unavailable when another process took the batch over */
      finish: (seq: number, owner: string, ending: Ending, at: string): void => {
        const fields = fieldsOf(ending, at);
        const columns = Object.keys(fields);
        const failure = 'error' in ending ? JSON.stringify(ending.error) : null;
        const changed = connection.run(
          `UPDATE transfers SET ${columns.map((column) => `${column} = ?`).join(', ')}${failure === null ? '' : ", errors = json_insert(CASE WHEN json_array_length(errors) >= ? THEN json_remove(errors, '$[0]') ELSE errors END, '$[#]', json(?))"}
           WHERE seq = ? AND state = 'transferring' AND EXISTS (SELECT 1 FROM batches WHERE seq = batch AND owner = ?)`,
          [...Object.values(fields), ...(failure === null ? [] : [ERRORS_KEPT, failure]), seq, owner],
        );
        if (changed === 0) throw new StorageError('unavailable', 'Another process of Holdfast took this transfer over.', { retryable: false, context: { transfer: seq } });
        if ('receipt' in ending) insertReceipt(connection, ending.receipt);
        if ('fileState' in ending && ending.fileState !== null) fileStates.writes.record(ending.fileState);
      },
      /** Writes down what a try leaves at the destination if it is cut off from now on; null: nothing any more. */
      keep: (seq: number, resume: string | null): void => {
        connection.run('UPDATE transfers SET resume = ? WHERE seq = ?', [resume, seq]);
      },
      /** Cancels up to `limit` waiting rows. @returns how many */
      cancel: (selection: Selection, owner: string, at: string, limit: number): number => {
        const seqs = JSON.stringify(select(selection, ['queued', 'paused'], owner, limit).map(({ seq }) => seq));
        return connection.run("UPDATE transfers SET state = 'canceled', detail = NULL, run_after = 0, finished_at = ? WHERE seq IN (SELECT value FROM json_each(?))", [at, seqs]);
      },
      /** Holds one waiting row back. @returns false when it does not wait */
      hold: (seq: number, owner: string): boolean => connection.run(`UPDATE transfers SET state = 'paused', detail = '"user"', run_after = 0 WHERE seq = ? AND state = 'queued' AND ${MINE}`, [seq, owner]) > 0,
      /** Queues one row again that was held back. */
      release: (seq: number, owner: string): boolean => {
        adoptBatchesOf(JSON.stringify([seq]), owner);
        return connection.run(`UPDATE transfers SET state = 'queued', detail = NULL WHERE seq = ? AND state = 'paused' AND detail = '"user"' AND ${MINE}`, [seq, owner]) > 0;
      },
      /** Queues up to `limit` failed rows again, a single one also when it was canceled; a folder that could not be listed is walked again. @returns how many */
      retry: (selection: Selection, owner: string, limit: number): number => {
        const rows = select(selection, selection.transfer === undefined ? ['failed'] : ['failed', 'canceled'], owner, limit, "kind <> 'refused'");
        const seqs = JSON.stringify(rows.map(({ seq }) => seq));
        const rewalk = JSON.stringify(rows.filter(({ kind }) => kind === 'walk').map(({ seq }) => seq));
        adoptBatchesOf(seqs, owner);
        connection.run("INSERT INTO walks (batch, source, destination, kind, first_transfer) SELECT batch, source, destination, 'unknown', 1 FROM transfers WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq", [rewalk]);
        const walked = connection.run('DELETE FROM transfers WHERE seq IN (SELECT value FROM json_each(?))', [rewalk]);
        return walked + connection.run("UPDATE transfers SET state = 'queued', detail = NULL, tries = 0, run_after = 0, finished_at = NULL WHERE seq IN (SELECT value FROM json_each(?))", [seqs]);
      },
      /** Answers the conflict of up to `limit` rows, which are queued again with that policy. @returns how many */
      answer: (selection: Selection, owner: string, conflict: ConflictPolicy, limit: number): number => {
        const seqs = JSON.stringify(select(selection, ['paused'], owner, limit, `detail = '"conflict"'`).map(({ seq }) => seq));
        adoptBatchesOf(seqs, owner);
        return connection.run("UPDATE transfers SET state = 'queued', detail = NULL, tries = 0, conflict = ? WHERE seq IN (SELECT value FROM json_each(?))", [conflict, seqs]);
      },
      /** Removes up to `limit` finished rows. @returns how many */
      remove: (states: readonly TransferState[], owner: string, limit: number): number => {
        const seqs = JSON.stringify(select({}, states, owner, limit).map(({ seq }) => seq));
        return connection.run('DELETE FROM transfers WHERE seq IN (SELECT value FROM json_each(?))', [seqs]);
      },
    },
  };
}

/** Columns that the ending sets. */
function fieldsOf(ending: Ending, at: string): Readonly<Record<string, SqlValue>> {
  switch (ending.state) {
    case 'done':
      return 'receipt' in ending
        ? { state: 'done', receipt: ending.receipt.id, detail: null, destination: ending.destination, size: ending.receipt.size, published: 1, resume: null, finished_at: at }
        : { state: 'done', detail: JSON.stringify(ending.reason), finished_at: at };
    case 'failed':
      return { state: 'failed', detail: JSON.stringify(ending.error), ...publishedAs(ending.published), ...(ending.interrupted && { interrupted: 1 }), finished_at: at };
    case 'queued':
      return { state: 'queued', detail: null, ...publishedAs(ending.published), ...(ending.interrupted && { interrupted: 1 }), run_after: ending.runAfter };
    case 'paused':
      return { state: 'paused', detail: JSON.stringify(ending.reason), ...(ending.reason === 'user' && { interrupted: 1 }) };
    case 'suspended':
      return { state: 'queued', detail: null, interrupted: 1, run_after: 0, tries: ending.tries };
    case 'canceled':
      return { state: 'canceled', detail: null, finished_at: at };
  }
}

function publishedAs(destination: string | null): Readonly<Record<string, SqlValue>> {
  return destination === null ? {} : { published: 1, destination };
}
