import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { inForce, type FaultRules } from './fault-proxy/fault-rules.ts';
import { ProxiedConnection, type ConnectionCount } from './fault-proxy/proxied-connection.ts';

export type { DirectionFaults, FaultRules } from './fault-proxy/fault-rules.ts';
export type { ConnectionCount } from './fault-proxy/proxied-connection.ts';

export interface FaultProxyOptions {
  /** the server's port of 127.0.0.1 */
  readonly target: number;
  readonly rules?: FaultRules;
  /** where it listens; default: 127.0.0.1. FTP's data connections come along with the same ports of e.g. 127.0.0.2 */
  readonly host?: string;
  /** default: any */
  readonly port?: number;
}

/** Stands before a server and lets go wrong what the rules say. It counts what passes, so that tests can tell how much was sent again. */
export interface FaultProxy {
  readonly host: string;
  readonly port: number;
  /** of every connection since the start or `resetCounts`, refused ones too */
  readonly connections: readonly ConnectionCount[];
  /** bytes of all of them together */
  readonly total: { readonly connections: number; readonly up: number; readonly down: number };
  /** Other rules, for open connections too; what was stalled goes on. */
  set(rules: FaultRules): void;
  /** From now on nothing goes wrong. */
  clear(): void;
  resetCounts(): void;
  /** Resets every open connection. */
  cutAll(): void;
  stop(): Promise<void>;
}

export async function startFaultProxy({ target, rules = {}, host = '127.0.0.1', port = 0 }: FaultProxyOptions): Promise<FaultProxy> {
  let force = inForce(rules);
  let count = 0;
  let connections: ConnectionCount[] = [];
  const open = new Set<ProxiedConnection>();

  const accept = (client: Socket): void => {
    const index = count++;
    if (force.rules.refuse) {
      force.connections += 1;
      connections.push({ index, up: 0, down: 0, fault: 'refused', open: false });
      return void client.resetAndDestroy();
    }
    const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    const connection = new ProxiedConnection(index, client, server, force);
    connections.push(connection);
    open.add(connection);
    client.once('close', () => open.delete(connection));
  };
  const listener = createServer({ allowHalfOpen: true }, accept);
  await new Promise<void>((resolve, reject) => listener.once('error', reject).listen(port, host, resolve));

  const set = (next: FaultRules): void => {
    const before = force;
    force = inForce(next);
    for (const connection of open) connection.setRules(force);
    before.end();
  };
  const cutAll = (): void => {
    for (const connection of open) connection.cut('reset');
  };
  return {
    host,
    port: (listener.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    get total() {
      const sum = (key: 'up' | 'down') => connections.reduce((bytes, connection) => bytes + connection[key], 0);
      return { connections: connections.length, up: sum('up'), down: sum('down') };
    },
    set,
    clear: () => set({}),
    resetCounts: () => {
      connections = [];
    },
    cutAll,
    stop: async () => {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      cutAll();
      force.end();
      await closed;
    },
  };
}
