import type { Settings } from '../../shared/ipc/views.ts';
import type { Connection } from './connection.ts';

interface Row {
  readonly key: string;
  readonly value: string;
}

/** Each setting in a row of its own, so that two processes that change different ones do not undo each other. */
export function settingsTable(connection: Connection) {
  return {
    reads: {
      /** What was ever set; defaults are the caller's. */
      get: (): Partial<Settings> => Object.fromEntries(connection.all<Row>('SELECT key, value FROM settings').map(({ key, value }) => [key, JSON.parse(value)])) as Partial<Settings>,
    },
    writes: {
      /** Keeps what is not named. */
      set: (changes: Partial<Settings>): void => {
        for (const [key, value] of Object.entries(changes)) {
          connection.run('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', [key, JSON.stringify(value)]);
        }
      },
    },
  };
}
