import type { LocationPath } from '../../shared/storage/path.ts';
import type { Endpoint, Receipt } from '../../shared/transfers/transfer.ts';
import type { Connection } from './connection.ts';

export interface ReceiptQuery {
  readonly offset: number;
  readonly limit: number;
  /** part of a name, a path or a location's name, any case; empty for all */
  readonly search: string;
}

interface Row {
  readonly seq: number;
  readonly body: string;
}

export interface ReceiptWindow {
  readonly rows: readonly Receipt[];
  readonly next: number | null;
}

/** A newer receipt has the same destination. */
const REPLACED = "EXISTS (SELECT 1 FROM receipts n WHERE json_extract(n.body, '$.destination.endpoint') = json_extract(r.body, '$.destination.endpoint') AND n.seq > r.seq)";

/** Receipts of versions that could not go on after an interruption say nothing of it. */
const parse = ({ body }: { readonly body: string }): Receipt => ({ resumed: [], ...(JSON.parse(body) as Omit<Receipt, 'resumed'> & Partial<Pick<Receipt, 'resumed'>>) });

/** Receipts are only ever added. */
export function receiptsTable(connection: Connection) {
  return {
    reads: {
      get: (id: string): Receipt | null => {
        const row = connection.one<Row>('SELECT body FROM receipts WHERE id = ?', [id]);
        return row === undefined ? null : parse(row);
      },
      /** Receipts of transfers to or from a stored file, newest first. */
      forFile: (locationId: string, path: LocationPath): readonly Receipt[] =>
        connection.all<Row>('SELECT body FROM receipts WHERE location_id = ? AND path = ? ORDER BY seq DESC LIMIT 1000', [locationId, path]).map(parse),
      /** Newest first. */
      page: ({ offset, limit, search }: ReceiptQuery): { readonly rows: readonly Receipt[]; readonly total: number } => {
        const [where, parameters] = search === '' ? ['', []] : ["WHERE words LIKE ? ESCAPE '\\'", [`%${search.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`]];
        const total = connection.one<{ total: number }>(`SELECT count(*) AS total FROM receipts ${where}`, parameters)?.total ?? 0;
        const rows = connection.all<Row>(`SELECT body FROM receipts WHERE seq IN (SELECT seq FROM receipts ${where} ORDER BY seq DESC LIMIT ? OFFSET ?) ORDER BY seq DESC`, [...parameters, limit, offset]);
        return { rows: rows.map(parse), total };
      },
      /** Oldest first, of all or of the newest of each destination; ask again with `next` until it is null. */
      after: (seq: number, limit: number, only: 'all' | 'latest'): ReceiptWindow => {
        const rows = connection.all<Row>(`SELECT seq, body FROM receipts r WHERE seq > ?${only === 'all' ? '' : ` AND NOT ${REPLACED}`} ORDER BY seq LIMIT ?`, [seq, limit]);
        return { rows: rows.map(parse), next: rows.length < limit ? null : (rows.at(-1)?.seq ?? null) };
      },
    },
    writes: {},
  };
}

/** Durable together with what the same transaction says of the transfer. */
export function insertReceipt(connection: Connection, receipt: Receipt): void {
  const place = storedEnd(receipt);
  connection.run('INSERT INTO receipts (id, transfer, location_id, path, words, body) VALUES (?, ?, ?, ?, ?, ?)', [
    receipt.id,
    Number(receipt.transferId),
    place.locationId,
    place.path,
    searchWords(receipt),
    JSON.stringify(receipt),
  ]);
}

function storedEnd({ source, destination }: Receipt): { readonly locationId: string; readonly path: string } {
  const ends: readonly Endpoint[] = [destination.endpoint, source.endpoint];
  return ends.find((end) => end.kind === 'location') ?? { locationId: '', path: destination.endpoint.path };
}

function searchWords({ source, destination }: Receipt): string {
  return [source.endpoint.path, destination.endpoint.path, destination.locationName ?? ''].join('\n').toLowerCase();
}
