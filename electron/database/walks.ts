import { StorageError } from '../../shared/storage/errors.ts';
import type { Connection } from './connection.ts';
import type { Discovered, WalkRow } from './transfer-rows.ts';

/** Sources that are still to be walked: the frontier of discovery lives here, so that it survives a crash and stays out of memory. */
export function walksTable(connection: Connection) {
  const requireOwner = (batch: number, owner: string): void => {
    if (connection.one('SELECT 1 AS mine FROM batches WHERE seq = ? AND owner = ?', [batch, owner]) !== undefined) return;
    throw new StorageError('unavailable', 'Another process of Holdfast took this batch over.', { retryable: false, context: { batch } });
  };
  return {
    reads: {
      /** Oldest first. */
      next: (batch: number, limit: number): readonly WalkRow[] =>
        connection.all<WalkRow>('SELECT seq, batch, source, destination, kind, first_transfer AS firstTransfer FROM walks WHERE batch = ? ORDER BY seq LIMIT ?', [batch, limit]),
      /** Sources that were queued (from a row on) or put down for walking before; ask again with `next` until it is null. */
      known: (batch: number, from: number, limit: number): { readonly sources: readonly string[]; readonly next: number | null } => {
        const rows = connection.all<{ seq: number; source: string }>('SELECT seq, source FROM transfers WHERE batch = ? AND seq >= ? ORDER BY seq LIMIT ?', [batch, from, limit]);
        const last = rows.length < limit ? undefined : rows.at(-1);
        const walking = last === undefined ? connection.all<{ source: string }>('SELECT source FROM walks WHERE batch = ?', [batch]) : [];
        return { sources: [...rows, ...walking].map(({ source }) => source), next: last === undefined ? null : last.seq + 1 };
      },
    },
    writes: {
      /** @returns from which transfer on entries of the folder `current` were queued */
      step: ({ batch, owner, current, done, transfers, folders, at }: Discovered): number | null => {
        requireOwner(batch, owner);
        if (current !== null) {
          connection.run('UPDATE walks SET first_transfer = coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?), 0) + 1 WHERE seq = ? AND first_transfer IS NULL', ['transfers', current]);
        }
        connection.run(
          `INSERT INTO transfers (batch, kind, source, destination, size, state, detail, queued_at, finished_at)
           SELECT ?, value ->> 'kind', value ->> 'source', value ->> 'destination', value ->> 'size', CASE WHEN value ->> 'error' IS NULL THEN 'queued' ELSE 'failed' END,
             CASE WHEN value ->> 'error' IS NULL THEN NULL ELSE value -> 'error' END, ?, CASE WHEN value ->> 'error' IS NULL THEN NULL ELSE ? END FROM json_each(?)`,
          [batch, at, at, JSON.stringify(transfers)],
        );
        connection.run("INSERT INTO walks (batch, source, destination, kind, first_transfer) SELECT ?, value ->> 'source', value ->> 'destination', 'folder', value ->> 'firstTransfer' FROM json_each(?)", [batch, JSON.stringify(folders)]);
        connection.run('DELETE FROM walks WHERE seq IN (SELECT value FROM json_each(?))', [JSON.stringify(done)]);
        return current === null ? null : (connection.one<{ first: number | null }>('SELECT first_transfer AS first FROM walks WHERE seq = ?', [current])?.first ?? null);
      },
      /** Ends the discovery of a batch, or of all of an owner. */
      cancel: (owner: string, batch: number | undefined): void => {
        connection.run(`DELETE FROM walks WHERE batch IN (SELECT seq FROM batches WHERE owner IS NULL OR owner = ?)${batch === undefined ? '' : ' AND batch = ?'}`, batch === undefined ? [owner] : [owner, batch]);
      },
    },
  };
}
