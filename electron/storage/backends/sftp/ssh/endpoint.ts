import net from 'node:net';

/** An SSH server and who signs in there. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

export const DEFAULT_PORT = 22;

/** `host:port` as people write it. */
export function placeOf({ host, port }: Pick<Endpoint, 'host' | 'port'>): string {
  return `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Reads `user@host:port`; user and port may be left out. @returns null when it is none */
export function parseEndpoint(text: string, defaultUser: string): Endpoint | null {
  const match = /^(?:(?<user>[^@\s]+)@)?(?:\[(?<six>[0-9a-fA-F:.%\w]+)\]|(?<host>[^\s@:[\]/]+))(?::(?<port>\d{1,5}))?$/.exec(text.trim());
  const { user, six, host = six, port = String(DEFAULT_PORT) } = match?.groups ?? {};
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535 || user?.includes(':') === true) return null;
  return { host, port: Number(port), user: user ?? defaultUser };
}
