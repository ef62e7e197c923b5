import type { LocationConfig } from '../../shared/storage/location.ts';
import type { Connection } from './connection.ts';

/** The configured locations, in the order in which they were added. */
export function locationsTable(connection: Connection) {
  return {
    reads: {
      list: (): readonly LocationConfig[] => connection.all<{ config: string }>('SELECT config FROM locations ORDER BY position').map(({ config }) => JSON.parse(config) as LocationConfig),
    },
    writes: {
      save: (config: LocationConfig): void => {
        connection.run(
          `INSERT INTO locations (id, position, config) VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM locations), ?)
           ON CONFLICT (id) DO UPDATE SET config = excluded.config`,
          [config.id, JSON.stringify(config)],
        );
      },
      /** Forgets the location and what is known of its files; receipts stay. */
      remove: (id: string): void => {
        connection.run('DELETE FROM locations WHERE id = ?', [id]);
        connection.run('DELETE FROM file_states WHERE location_id = ?', [id]);
      },
    },
  };
}
