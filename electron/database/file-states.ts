import type { Checksum, HashName } from '../../shared/storage/checksum.ts';
import type { EvidenceLevel } from '../../shared/storage/evidence.ts';
import type { LocationPath } from '../../shared/storage/path.ts';
import type { Connection } from './connection.ts';

/** What is known of a stored file since the last receipt or check; holds only while its size and time are still these. */
export interface FileState {
  readonly locationId: string;
  readonly path: LocationPath;
  /** bytes; null where the storage does not say */
  readonly size: number | null;
  /** ISO 8601, UTC; null where the storage does not say */
  readonly modified: string | null;
  readonly kind: 'proven' | 'mismatch';
  readonly level: EvidenceLevel;
  /** of the digest that proved it; the checksum may be another one, e.g. where each part was proven by itself. Null for size only and of a mismatch */
  readonly algorithm: HashName | null;
  readonly checksum: Checksum | null;
  /** of a mismatch; null otherwise */
  readonly expected: Checksum | null;
  readonly found: Checksum | null;
  /** ISO 8601, UTC */
  readonly at: string;
}

interface Row {
  readonly location_id: string;
  readonly path: string;
  readonly size: number | null;
  readonly modified: string | null;
  readonly kind: FileState['kind'];
  readonly level: EvidenceLevel;
  readonly algorithm: HashName | null;
  readonly checksum: Checksum | null;
  readonly expected: Checksum | null;
  readonly found: Checksum | null;
  readonly at: string;
}

/** The place itself and, of a folder, everything below it: `0` comes right after `/`. */
const AT_OR_BELOW = "location_id = ? AND (path = ? OR (path >= ? || '/' AND path < ? || '0'))";

export function fileStatesTable(connection: Connection) {
  const forget = (locationId: string, path: LocationPath): void => {
    connection.run(`DELETE FROM file_states WHERE ${AT_OR_BELOW}`, [locationId, path, path, path]);
  };
  return {
    reads: {
      forPaths: (locationId: string, paths: readonly LocationPath[]): ReadonlyMap<LocationPath, FileState> => {
        const rows = connection.all<Row>('SELECT * FROM file_states WHERE location_id = ? AND path IN (SELECT value FROM json_each(?))', [locationId, JSON.stringify(paths)]);
        return new Map(rows.map((row) => [row.path, fromRow(row)]));
      },
    },
    writes: {
      record: (state: FileState): void => {
        connection.run(
          `INSERT INTO file_states (location_id, path, size, modified, kind, level, algorithm, checksum, expected, found, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET size = excluded.size, modified = excluded.modified, kind = excluded.kind, level = excluded.level,
             algorithm = excluded.algorithm, checksum = excluded.checksum, expected = excluded.expected, found = excluded.found, at = excluded.at`,
          [state.locationId, state.path, state.size, state.modified, state.kind, state.level, state.algorithm, state.checksum, state.expected, state.found, state.at],
        );
      },
      /** The file or folder was removed: what comes to lie there later is another one. */
      forget,
      /** The file or folder got another name, and nothing else changed. */
      move: (locationId: string, from: LocationPath, to: LocationPath): void => {
        if (from === to) return;
        forget(locationId, to);
        connection.run(`UPDATE file_states SET path = ? || substr(path, length(?) + 1) WHERE ${AT_OR_BELOW}`, [to, from, locationId, from, from, from]);
      },
    },
  };
}

function fromRow({ location_id, ...row }: Row): FileState {
  return { locationId: location_id, ...row };
}
