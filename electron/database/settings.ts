import type { Settings } from '../../shared/ipc/views.ts';
import type { Connection } from './connection.ts';

/** What is kept: the window's settings, and what only main needs. */
export interface StoredSettings extends Settings {
  /** names of plugin packages that the user allowed to run */
  readonly enabledPlugins: readonly string[];
  /** the Local library was made once; who removes it does not get it again */
  readonly libraryMade: boolean;
}

interface Row {
  readonly key: string;
  readonly value: string;
}

/** Each setting in a row of its own, so that two processes that change different ones do not undo each other. */
export function settingsTable(connection: Connection) {
  return {
    reads: {
      /** What was ever set; defaults are the caller's. */
      get: (): Partial<StoredSettings> => Object.fromEntries(connection.all<Row>('SELECT key, value FROM settings').map(({ key, value }) => [key, JSON.parse(value)])) as Partial<StoredSettings>,
    },
    writes: {
      /** Keeps what is not named. */
      set: (changes: Partial<StoredSettings>): void => {
        for (const [key, value] of Object.entries(changes)) {
          connection.run('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', [key, JSON.stringify(value)]);
        }
      },
    },
  };
}
