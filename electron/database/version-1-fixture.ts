import { Connection } from './connection.ts';
import { VERSION_1 } from './schema/version-1.ts';

/** For tests: a database as the first version of Holdfast left it, with a row in every table. Never changes. */
export function createVersion1(path: string): void {
  const connection = new Connection(path);
  connection.exec('PRAGMA journal_mode = WAL');
  connection.transaction(() => {
    connection.exec(VERSION_1);
    connection.exec(`
      INSERT INTO locations (id, position, config) VALUES ('loc', 1, '{"id":"loc","name":"Archive"}');
      INSERT INTO settings (key, value) VALUES ('theme', '"dark"');
      INSERT INTO secrets (id, ciphertext) VALUES ('secret', x'0102ff');
      INSERT INTO owners (id, pid, host, started, heartbeat) VALUES ('owner', 1, 'host', 0, 0);
      INSERT INTO batches (id, owner, title, direction, conflict, location_id, root, options, queued_at)
        VALUES ('batch', 'owner', 'tree', 'upload', 'ask', 'loc', '', '{}', '2026-11-24T00:00:00.000Z');
      INSERT INTO walks (batch, source, destination, kind) VALUES (1, '/home/ada/tree', 'tree', 'unknown');
      INSERT INTO transfers (batch, kind, source, destination, size, state, receipt, queued_at) VALUES (1, 'file', '/home/ada/a', 'a', 5, 'done', 'receipt', '2026-11-24T00:00:00.000Z');
      INSERT INTO transfers (batch, kind, source, destination, size, state, queued_at) VALUES (1, 'file', '/home/ada/b', 'b', 7, 'transferring', '2026-11-24T00:00:00.000Z');
      INSERT INTO receipts (id, transfer, location_id, path, words, body)
        VALUES ('receipt', 1, 'loc', 'a', 'a', '{"id":"receipt","destination":{"endpoint":{"kind":"location","locationId":"loc","path":"a"}}}');
      INSERT INTO file_states (location_id, path, size, modified, kind, level, checksum, at) VALUES ('loc', 'a', 5, NULL, 'proven', 3, NULL, '2026-11-24T00:00:00.000Z');
      PRAGMA user_version = 1;
    `);
  });
  connection.close();
}
