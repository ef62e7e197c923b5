import type { Receipt, Endpoint, Transfer, TransferStatus } from '../../shared/transfers/transfer.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import type { TransferListRow, TransferRow } from '../database/transfer-rows.ts';

/** A row of the journal as everybody else sees it. */
export function transferView(row: TransferRow, status: TransferStatus): Transfer {
  const { source, destination } = endpoints(row);
  return {
    id: String(row.seq),
    batchId: row.batchId,
    direction: row.direction,
    source,
    destination,
    size: row.size,
    status,
    attempts: row.attempts,
    queuedAt: row.queuedAt,
    finishedAt: row.finishedAt,
  };
}

export function endpoints({ direction, locationId, source, destination }: Pick<TransferRow, 'direction' | 'locationId' | 'source' | 'destination'>): { readonly source: Endpoint; readonly destination: Endpoint } {
  const stored = (path: string): Endpoint => ({ kind: 'location', locationId, path });
  const local = (path: string): Endpoint => ({ kind: 'local', path });
  return direction === 'upload' ? { source: local(source), destination: stored(destination) } : { source: stored(source), destination: local(destination) };
}

/** The status as the journal knows it. */
export function statusOf(row: TransferListRow): TransferStatus {
  switch (row.state) {
    case 'transferring':
    case 'verifying':
      return { state: 'transferring', progress: { bytes: 0, total: row.size } };
    case 'done':
      return row.receiptBody === null ? { state: 'done', outcome: 'skipped', reason: detail<string>(row) } : stored(JSON.parse(row.receiptBody) as Receipt);
    case 'failed':
      return { state: 'failed', error: detail<ErrorRecord>(row) };
    case 'paused':
      return { state: 'paused', reason: detail<'conflict' | 'user'>(row) };
    case 'queued':
    case 'canceled':
      return { state: row.state };
  }
}

function stored({ id, checksums, evidence }: Receipt): TransferStatus {
  return { state: 'done', outcome: 'stored', receiptId: id, checksums, evidence };
}

/** Our own data: written by the journal with the state. */
function detail<T>({ detail: json }: TransferListRow): T {
  return JSON.parse(json ?? 'null') as T;
}
