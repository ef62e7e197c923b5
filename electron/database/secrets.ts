import type { Connection } from './connection.ts';

/** Ciphertexts by id. Whoever calls has encrypted them; nothing readable ever comes here. */
export function secretsTable(connection: Connection) {
  return {
    reads: {
      get: (id: string): Uint8Array | null => {
        const row = connection.one<{ ciphertext: ArrayBuffer }>('SELECT ciphertext FROM secrets WHERE id = ?', [id]);
        return row === undefined ? null : new Uint8Array(row.ciphertext);
      },
    },
    writes: {
      set: (id: string, ciphertext: Uint8Array): void => {
        connection.run('INSERT INTO secrets (id, ciphertext) VALUES (?, ?) ON CONFLICT DO UPDATE SET ciphertext = excluded.ciphertext', [id, Buffer.from(ciphertext)]);
      },
      remove: (id: string): void => {
        connection.run('DELETE FROM secrets WHERE id = ?', [id]);
      },
    },
  };
}
