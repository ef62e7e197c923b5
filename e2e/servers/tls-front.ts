import { readFile } from 'node:fs/promises';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { createServer } from 'node:tls';
import type { CertificateFiles } from './real/certificates.ts';

/** Stands before a server that speaks no TLS itself and shows a certificate for it. */
export interface TlsFront {
  readonly port: number;
  /** bytes that came over secured connections: none as long as nobody trusts the certificate */
  readonly received: number;
  stop(): Promise<void>;
}

/** On a free port of 127.0.0.1. @param target the server's port of 127.0.0.1 */
export async function startTlsFront({ certFile, keyFile }: CertificateFiles, target: number): Promise<TlsFront> {
  let received = 0;
  const open = new Set<Socket>();
  const server = createServer({ cert: await readFile(certFile), key: await readFile(keyFile) }, (client) => {
    const behind = connect(target, '127.0.0.1');
    for (const socket of [client, behind]) {
      open.add(socket);
      socket.on('error', () => undefined).once('close', () => open.delete(socket));
    }
    client.on('data', (bytes: Buffer) => (received += bytes.length));
    client.pipe(behind).pipe(client);
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get received() {
      return received;
    },
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
