import type { Connection } from './connection.ts';

/** A process that works on batches. Times in milliseconds since 1970. */
export interface Owner {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  readonly started: number;
  readonly heartbeat: number;
}

export function ownersTable(connection: Connection) {
  return {
    reads: {
      list: (): readonly Owner[] => connection.all<Owner>('SELECT id, pid, host, started, heartbeat FROM owners'),
    },
    writes: {
      register: (owner: Owner): void => {
        connection.run('INSERT INTO owners (id, pid, host, started, heartbeat) VALUES (?, ?, ?, ?, ?)', [owner.id, owner.pid, owner.host, owner.started, owner.heartbeat]);
      },
      /** @returns false when somebody took the lease away */
      beat: (id: string, now: number): boolean => connection.run('UPDATE owners SET heartbeat = ? WHERE id = ?', [now, id]) > 0,
      /** Takes away the leases of dead processes; their batches belong to nobody then. */
      evict: (ids: readonly string[]): void => {
        connection.run('DELETE FROM owners WHERE id IN (SELECT value FROM json_each(?))', [JSON.stringify(ids)]);
      },
    },
  };
}
