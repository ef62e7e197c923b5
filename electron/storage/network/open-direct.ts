import net, { type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { LentReads } from './lent-reads.ts';
import { type SocketOptions, openSocket } from './open-socket.ts';
import { type Trust, beginSecure } from './trust.ts';

export interface DirectOptions extends Omit<SocketOptions, 'proxy' | 'connect' | 'take'> {
  readonly reads: LentReads;
  /** null: no TLS. `name`: whose certificate it must be */
  readonly secure: { readonly trust: Trust; readonly name: string; readonly options: ConnectionOptions } | null;
}

export interface DirectSocket {
  readonly socket: Socket;
  /** resolves to the socket when its certificate is trusted; may be left alone. @throws StorageError untrusted_server, and what the handshake failed with */
  readonly trusted: Promise<Socket>;
}

/** A connection straight to the server, begun with TLS where that is spoken, as only then its reads can be lent. @throws as {@link openSocket} */
export async function openDirect({ reads, secure, ...way }: DirectOptions): Promise<DirectSocket> {
  const { host, port } = way;
  let trusted: Promise<Socket> | null = null;
  const begin = (options: net.ConnectOpts): Socket => {
    if (secure === null) return net.connect({ host, port, ...options });
    const begun = beginSecure(secure.trust, secure.name, { ...secure.options, host, port, ...options });
    begun.trusted.catch(() => undefined);
    trusted = begun.trusted;
    return begun.socket;
  };
  const socket = await openSocket({ ...way, proxy: null, connect: () => reads.connect(begin) });
  return { socket, trusted: trusted ?? Promise.resolve(socket) };
}
