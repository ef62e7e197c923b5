import type { ConflictPolicy, Direction, TransferState } from '../../shared/transfers/transfer.ts';
import type { Connection } from './connection.ts';

/** What a batch asks of each of its transfers. Plain data; `options` is the queue's own. */
export interface BatchRow {
  readonly seq: number;
  readonly id: string;
  readonly owner: string | null;
  readonly title: string;
  readonly direction: Direction;
  readonly conflict: ConflictPolicy;
  readonly locationId: string;
  readonly root: string;
  readonly options: string;
  readonly queuedAt: string;
  /** 1: nothing of it is begun */
  readonly paused: 0 | 1;
  /** higher ones go first */
  readonly priority: number;
}

export interface StateTotal {
  readonly state: TransferState;
  readonly count: number;
  readonly bytes: number;
}

export interface BatchCount extends StateTotal {
  readonly batch: number;
}

export interface BatchWithCounts extends BatchRow {
  readonly discovering: boolean;
  readonly counts: readonly BatchCount[];
}

export interface NewBatch extends Omit<BatchRow, 'seq' | 'owner' | 'paused' | 'priority'> {
  readonly owner: string;
  readonly walks: readonly { readonly source: string; readonly destination: string }[];
}

/** States of a transfer on which something is still to be done. */
const OPEN_STATES = "('queued', 'transferring', 'paused')";
const COLUMNS = 'seq, id, owner, title, direction, conflict, location_id AS locationId, root, options, queued_at AS queuedAt, paused, priority';
const UNFINISHED = `(EXISTS (SELECT 1 FROM walks WHERE walks.batch = batches.seq) OR EXISTS (SELECT 1 FROM batch_counts c WHERE c.batch = batches.seq AND c.count > 0 AND c.state IN ${OPEN_STATES}))`;

export function batchesTable(connection: Connection) {
  const withCounts = (batches: readonly BatchRow[]): readonly BatchWithCounts[] => {
    const seqs = JSON.stringify(batches.map(({ seq }) => seq));
    const counts = connection.all<BatchCount>('SELECT batch, state, count, bytes FROM batch_counts WHERE batch IN (SELECT value FROM json_each(?))', [seqs]);
    const walking = new Set(connection.all<{ batch: number }>('SELECT DISTINCT batch FROM walks').map(({ batch }) => batch));
    const byBatch = new Map<number, BatchCount[]>(batches.map(({ seq }) => [seq, []]));
    for (const count of counts) byBatch.get(count.batch)?.push(count);
    return batches.map((batch) => ({ ...batch, discovering: walking.has(batch.seq), counts: byBatch.get(batch.seq) ?? [] }));
  };

  return {
    reads: {
      /** The newest, and of the others those with something left to do; newest first. */
      list: (newest: number): readonly BatchWithCounts[] =>
        withCounts(connection.all<BatchRow>(`SELECT ${COLUMNS} FROM batches WHERE seq IN (SELECT seq FROM batches ORDER BY seq DESC LIMIT ?) OR ${UNFINISHED} ORDER BY seq DESC`, [newest])),
      /** Over all batches. */
      totals: (): readonly StateTotal[] => connection.all<StateTotal>('SELECT state, sum(count) AS count, sum(bytes) AS bytes FROM batch_counts GROUP BY state'),
      get: (id: string): BatchWithCounts | null => withCounts(connection.all<BatchRow>(`SELECT ${COLUMNS} FROM batches WHERE id = ?`, [id]))[0] ?? null,
      unfinished: (owner: string): readonly BatchRow[] => connection.all<BatchRow>(`SELECT ${COLUMNS} FROM batches WHERE owner = ? AND ${UNFINISHED} ORDER BY seq`, [owner]),
    },
    writes: {
      add: (batch: NewBatch): BatchRow => {
        const [row] = connection.all<BatchRow>(
          `INSERT INTO batches (id, owner, title, direction, conflict, location_id, root, options, queued_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING ${COLUMNS}`,
          [batch.id, batch.owner, batch.title, batch.direction, batch.conflict, batch.locationId, batch.root, batch.options, batch.queuedAt],
        );
        if (row === undefined) throw new Error('SQLite gave no row for the new batch.');
        connection.run("INSERT INTO walks (batch, source, destination, kind) SELECT ?, value ->> 'source', value ->> 'destination', 'unknown' FROM json_each(?)", [row.seq, JSON.stringify(batch.walks)]);
        return row;
      },
      setConflict: (seq: number, conflict: ConflictPolicy): void => {
        connection.run('UPDATE batches SET conflict = ? WHERE seq = ?', [conflict, seq]);
      },
      setPaused: (seq: number, paused: boolean): void => {
        connection.run('UPDATE batches SET paused = ? WHERE seq = ?', [paused ? 1 : 0, seq]);
      },
      setPriority: (seq: number, priority: number): void => {
        connection.run('UPDATE batches SET priority = ? WHERE seq = ?', [priority, seq]);
      },
      /** Takes over everything unfinished that belongs to nobody, or one batch of it; what was under way is queued again. */
      adopt: (owner: string, only?: string): void => {
        requeueInterrupted(connection, null);
        connection.run(`UPDATE batches SET owner = ? WHERE owner IS NULL AND ${UNFINISHED} AND (? IS NULL OR id = ?)`, [owner, only ?? null, only ?? null]);
      },
      /** The process ends in order: what it had under way goes back into the queue, and nobody owns its batches. */
      release: (owner: string): void => {
        requeueInterrupted(connection, owner);
        connection.run('DELETE FROM owners WHERE id = ?', [owner]);
      },
      /** Removes batches that have neither transfers nor anything to walk. */
      removeEmpty: (): void => {
        connection.run(
          'DELETE FROM batches WHERE NOT EXISTS (SELECT 1 FROM walks WHERE walks.batch = batches.seq) AND NOT EXISTS (SELECT 1 FROM batch_counts c WHERE c.batch = batches.seq AND c.count > 0)',
        );
      },
    },
  };
}

function requeueInterrupted(connection: Connection, owner: string | null): void {
  connection.run(
    "UPDATE transfers SET state = 'queued', interrupted = 1, run_after = 0 WHERE state = 'transferring' AND batch IN (SELECT seq FROM batches WHERE owner IS ?)",
    [owner],
  );
  connection.run("UPDATE transfers SET run_after = 0 WHERE run_after > 0 AND batch IN (SELECT seq FROM batches WHERE owner IS ?)", [owner]);
}
