import { type FaultProxy, type FaultRules, startFaultProxy } from './fault-proxy.ts';
import type { PassivePorts } from './real/ftp-server.ts';

export interface FtpFaultProxyOptions {
  /** the server's port of 127.0.0.1 */
  readonly control: number;
  /** the only ports that the server opens for data connections */
  readonly passive: PassivePorts;
}

/** Stands before an FTP server, on another address with the same ports, so that data connections come along: clients make them to where the control connection goes. */
export interface FtpFaultProxy {
  readonly host: string;
  readonly port: number;
  readonly control: FaultProxy;
  /** what passed over all data connections, in bytes */
  readonly data: { readonly up: number; readonly down: number };
  /** Rules for data connections, those that are open too. */
  setData(rules: FaultRules): void;
  /** From now on nothing goes wrong, and counting begins anew. */
  clear(): void;
  /** Resets every open data connection. */
  cutData(): void;
  stop(): Promise<void>;
}

const HOST = '127.0.0.2';

export async function startFtpFaultProxy({ control: target, passive }: FtpFaultProxyOptions): Promise<FtpFaultProxy> {
  const control = await startFaultProxy({ target, host: HOST });
  const ports = Array.from({ length: passive.last - passive.first + 1 }, (_, index) => passive.first + index);
  const proxies = await Promise.all(ports.map((port) => startFaultProxy({ target: port, host: HOST, port })));
  const sum = (key: 'up' | 'down'): number => proxies.reduce((bytes, { total }) => bytes + total[key], 0);
  return {
    host: HOST,
    port: control.port,
    control,
    get data() {
      return { up: sum('up'), down: sum('down') };
    },
    setData: (rules) => proxies.forEach((proxy) => proxy.set(rules)),
    clear: () => {
      for (const proxy of [control, ...proxies]) {
        proxy.clear();
        proxy.resetCounts();
      }
    },
    cutData: () => proxies.forEach((proxy) => proxy.cutAll()),
    stop: async () => void (await Promise.all([control, ...proxies].map((proxy) => proxy.stop()))),
  };
}
